//! From text to a tree: [`token`] cuts it up, [`parser`] puts it together, [`ast`] is the tree.

pub(crate) mod ast;
pub(crate) mod parser;
pub(crate) mod token;

pub(crate) use parser::parse;
