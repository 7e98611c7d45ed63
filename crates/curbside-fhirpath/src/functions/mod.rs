//! The functions, one line each: what they take, what they yield, what runs.

mod boundary;
mod combining;
mod convert;
mod existence;
mod fhir;
mod filtering;
mod math;
mod strings;
mod tree;
mod utility;

use crate::check::Kind;
use crate::evaluate::{Call, Evaluator, Result};
use crate::model::TypeId;
use crate::value::Collection;

/// A function of FHIRPath.
#[derive(Debug)]
pub(crate) struct Function {
    pub(crate) name: &'static str,
    /// What its input must be.
    pub(crate) input: Accept,
    pub(crate) parameters: &'static [Parameter],
    /// How many of them must be given.
    pub(crate) required: usize,
    pub(crate) returns: Returns,
    pub(crate) run: Run,
}

pub(crate) type Run = for<'a> fn(&mut Evaluator<'a>, &Call<'_, 'a>) -> Result<Collection<'a>>;

/// What an input or an argument must be, or convert to without being asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Accept {
    Anything,
    /// Whatever it is, its order must be known.
    Ordered,
    /// A Boolean, or an element whose presence is the answer.
    Truth,
    Integer,
    Number,
    Text,
    /// A number, an amount, a date or a time.
    Measure,
    NumberOrQuantity,
    Quantity,
    Temporal,
    /// Not an element that is made of others.
    Simple,
}

/// How an argument is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Parameter {
    /// Evaluated once, where the call stands.
    Value(Accept),
    /// Evaluated for each item of the input, which is `$this` there.
    Each(Accept),
    /// Evaluated for each item, with `$total`.
    Fold,
    /// Any number of keys to sort by.
    Keys,
}

/// What a function yields, as far as its call tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Returns {
    One(TypeId),
    Many(TypeId),
    /// What came in.
    Input,
    /// One of what came in.
    OneOfInput,
    /// What came in and the first argument.
    Union,
    /// What the first argument yields for each.
    EachFirst,
    /// The same, again and again.
    Repeat,
    /// One of the last two arguments.
    Branches,
    /// What the argument yields at last.
    Folded,
    /// Any element, in no order.
    Tree,
    /// Any resource.
    Resources,
    /// The number, amount or date that came in, without its FHIR type.
    System,
}

const fn function(
    name: &'static str,
    input: Accept,
    parameters: &'static [Parameter],
    required: usize,
    returns: Returns,
    run: Run,
) -> Function {
    Function { name, input, parameters, required, returns, run }
}

use Accept::{Anything, Integer, Measure, Number, NumberOrQuantity, Ordered, Simple, Temporal, Text, Truth};
use Parameter::{Each, Fold, Keys, Value};
use Returns::{Branches, EachFirst, Folded, Input, Many, One, OneOfInput, Repeat, Resources, System, Tree, Union};

const BOOLEAN: Returns = One(TypeId::BOOLEAN);
const STRING: Returns = One(TypeId::STRING);
const INTEGER: Returns = One(TypeId::INTEGER);
const DECIMAL: Returns = One(TypeId::DECIMAL);

static FUNCTIONS: &[Function] = &[
    // Existence
    function("empty", Anything, &[], 0, BOOLEAN, existence::empty),
    function("exists", Anything, &[Each(Truth)], 0, BOOLEAN, existence::exists),
    function("all", Anything, &[Each(Truth)], 1, BOOLEAN, existence::all),
    function("allTrue", Anything, &[], 0, BOOLEAN, existence::all_true),
    function("anyTrue", Anything, &[], 0, BOOLEAN, existence::any_true),
    function("allFalse", Anything, &[], 0, BOOLEAN, existence::all_false),
    function("anyFalse", Anything, &[], 0, BOOLEAN, existence::any_false),
    function("subsetOf", Anything, &[Value(Anything)], 1, BOOLEAN, existence::subset_of),
    function("supersetOf", Anything, &[Value(Anything)], 1, BOOLEAN, existence::superset_of),
    function("count", Anything, &[], 0, INTEGER, existence::count),
    function("distinct", Anything, &[], 0, Input, existence::distinct),
    function("isDistinct", Anything, &[], 0, BOOLEAN, existence::is_distinct),
    function("not", Anything, &[], 0, BOOLEAN, existence::not),
    function("hasValue", Anything, &[], 0, BOOLEAN, fhir::has_value),
    // Filtering, projection, subsets
    function("where", Anything, &[Each(Truth)], 1, Input, filtering::filter),
    function("select", Anything, &[Each(Anything)], 1, EachFirst, filtering::select),
    function("repeat", Anything, &[Each(Anything)], 1, Repeat, filtering::repeat),
    function("single", Anything, &[], 0, OneOfInput, filtering::single),
    function("first", Ordered, &[], 0, OneOfInput, filtering::first),
    function("last", Ordered, &[], 0, OneOfInput, filtering::last),
    function("tail", Ordered, &[], 0, Input, filtering::tail),
    function("skip", Ordered, &[Value(Integer)], 1, Input, filtering::skip),
    function("take", Ordered, &[Value(Integer)], 1, Input, filtering::take),
    function("sort", Anything, &[Keys], 0, Input, filtering::sort),
    // Combining
    function("union", Anything, &[Value(Anything)], 1, Union, combining::union),
    function("combine", Anything, &[Value(Anything)], 1, Union, combining::combine),
    function("intersect", Anything, &[Value(Anything)], 1, Input, combining::intersect),
    function("exclude", Anything, &[Value(Anything)], 1, Input, combining::exclude),
    // Conversion
    function("iif", Anything, &[Each(Truth), Each(Anything), Each(Anything)], 2, Branches, utility::iif),
    function("toBoolean", Simple, &[], 0, BOOLEAN, convert::to_boolean),
    function("convertsToBoolean", Simple, &[], 0, BOOLEAN, convert::converts_to_boolean),
    function("toInteger", Simple, &[], 0, INTEGER, convert::to_integer),
    function("convertsToInteger", Simple, &[], 0, BOOLEAN, convert::converts_to_integer),
    function("toDecimal", Simple, &[], 0, DECIMAL, convert::to_decimal),
    function("convertsToDecimal", Simple, &[], 0, BOOLEAN, convert::converts_to_decimal),
    function("toString", Simple, &[], 0, STRING, convert::to_string),
    function("convertsToString", Simple, &[], 0, BOOLEAN, convert::converts_to_string),
    function("toDate", Simple, &[], 0, One(TypeId::DATE), convert::to_date),
    function("convertsToDate", Simple, &[], 0, BOOLEAN, convert::converts_to_date),
    function("toDateTime", Simple, &[], 0, One(TypeId::DATE_TIME), convert::to_date_time),
    function("convertsToDateTime", Simple, &[], 0, BOOLEAN, convert::converts_to_date_time),
    function("toTime", Simple, &[], 0, One(TypeId::TIME), convert::to_time),
    function("convertsToTime", Simple, &[], 0, BOOLEAN, convert::converts_to_time),
    function("toQuantity", Simple, &[Value(Text)], 0, One(TypeId::QUANTITY), convert::to_quantity),
    function("convertsToQuantity", Simple, &[Value(Text)], 0, BOOLEAN, convert::converts_to_quantity),
    // Strings
    function("indexOf", Text, &[Value(Text)], 1, INTEGER, strings::index_of),
    function("lastIndexOf", Text, &[Value(Text)], 1, INTEGER, strings::last_index_of),
    function("substring", Text, &[Value(Integer), Value(Integer)], 1, STRING, strings::substring),
    function("startsWith", Text, &[Value(Text)], 1, BOOLEAN, strings::starts_with),
    function("endsWith", Text, &[Value(Text)], 1, BOOLEAN, strings::ends_with),
    function("contains", Text, &[Value(Text)], 1, BOOLEAN, strings::contains),
    function("upper", Text, &[], 0, STRING, strings::upper),
    function("lower", Text, &[], 0, STRING, strings::lower),
    function("replace", Text, &[Value(Text), Value(Text)], 2, STRING, strings::replace),
    function("matches", Text, &[Value(Text), Value(Text)], 1, BOOLEAN, strings::matches),
    function("matchesFull", Text, &[Value(Text), Value(Text)], 1, BOOLEAN, strings::matches_full),
    function("replaceMatches", Text, &[Value(Text), Value(Text), Value(Text)], 2, STRING, strings::replace_matches),
    function("length", Text, &[], 0, INTEGER, strings::length),
    function("toChars", Text, &[], 0, Many(TypeId::STRING), strings::to_chars),
    function("trim", Text, &[], 0, STRING, strings::trim),
    function("split", Text, &[Value(Text)], 1, Many(TypeId::STRING), strings::split),
    function("join", Text, &[Value(Text)], 0, STRING, strings::join),
    function("encode", Text, &[Value(Text)], 1, STRING, strings::encode),
    function("decode", Text, &[Value(Text)], 1, STRING, strings::decode),
    function("escape", Text, &[Value(Text)], 1, STRING, strings::escape),
    function("unescape", Text, &[Value(Text)], 1, STRING, strings::unescape),
    // Mathematics
    function("abs", NumberOrQuantity, &[], 0, System, math::abs),
    function("ceiling", Number, &[], 0, INTEGER, math::ceiling),
    function("floor", Number, &[], 0, INTEGER, math::floor),
    function("truncate", Number, &[], 0, INTEGER, math::truncate),
    function("round", Number, &[Value(Integer)], 0, DECIMAL, math::round),
    function("exp", Number, &[], 0, DECIMAL, math::exp),
    function("ln", Number, &[], 0, DECIMAL, math::ln),
    function("log", Number, &[Value(Number)], 1, DECIMAL, math::log),
    function("power", Number, &[Value(Number)], 1, System, math::power),
    function("sqrt", Number, &[], 0, DECIMAL, math::sqrt),
    function("sum", NumberOrQuantity, &[], 0, System, math::sum),
    function("min", Measure, &[], 0, System, math::min),
    function("max", Measure, &[], 0, System, math::max),
    function("avg", NumberOrQuantity, &[], 0, System, math::avg),
    function("aggregate", Anything, &[Fold, Value(Anything)], 1, Folded, math::aggregate),
    // Precision
    function("lowBoundary", Measure, &[Value(Integer)], 0, System, boundary::low),
    function("highBoundary", Measure, &[Value(Integer)], 0, System, boundary::high),
    function("precision", Measure, &[], 0, INTEGER, boundary::precision),
    function("comparable", Accept::Quantity, &[Value(Accept::Quantity)], 1, BOOLEAN, boundary::comparable),
    // Parts of dates
    function("yearOf", Temporal, &[], 0, INTEGER, boundary::year),
    function("monthOf", Temporal, &[], 0, INTEGER, boundary::month),
    function("dayOf", Temporal, &[], 0, INTEGER, boundary::day),
    function("hourOf", Temporal, &[], 0, INTEGER, boundary::hour),
    function("minuteOf", Temporal, &[], 0, INTEGER, boundary::minute),
    function("secondOf", Temporal, &[], 0, INTEGER, boundary::second),
    function("millisecondOf", Temporal, &[], 0, INTEGER, boundary::millisecond),
    function("timezoneOffsetOf", Temporal, &[], 0, DECIMAL, boundary::timezone_offset),
    function("dateOf", Temporal, &[], 0, One(TypeId::DATE), boundary::date_of),
    function("timeOf", Temporal, &[], 0, One(TypeId::TIME), boundary::time_of),
    // Tree
    function("children", Anything, &[], 0, Tree, tree::children),
    function("descendants", Anything, &[], 0, Tree, tree::descendants),
    // Utility
    function("trace", Anything, &[Value(Text), Each(Anything)], 1, Input, utility::trace),
    function("defineVariable", Anything, &[Value(Text), Value(Anything)], 1, Input, utility::define_variable),
    function("now", Anything, &[], 0, One(TypeId::DATE_TIME), utility::now),
    function("today", Anything, &[], 0, One(TypeId::DATE), utility::today),
    function("timeOfDay", Anything, &[], 0, One(TypeId::TIME), utility::time_of_day),
    function("type", Anything, &[], 0, Many(TypeId::TYPE_INFO), utility::type_of),
    // FHIR's own
    function("extension", Anything, &[Value(Text)], 1, Many(TypeId::EXTENSION), fhir::extension),
    function("getValue", Anything, &[], 0, System, fhir::get_value),
    function("resolve", Anything, &[], 0, Resources, fhir::resolve),
    function("memberOf", Anything, &[Value(Text)], 1, BOOLEAN, fhir::member_of),
    function("conformsTo", Anything, &[Value(Text)], 1, BOOLEAN, fhir::conforms_to),
];

/// The function of a name.
pub(crate) fn named(name: &str) -> Option<&'static Function> {
    FUNCTIONS.iter().find(|function| function.name == name)
}

/// Names a person may have meant.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    FUNCTIONS.iter().map(|function| function.name).chain(["is", "as", "ofType"])
}

/// The kind of the elements of a tree.
pub(crate) fn tree_kind() -> Kind {
    Kind::of(vec![TypeId::ELEMENT, TypeId::RESOURCE], false)
}
