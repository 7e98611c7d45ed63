//! The server driven over HTTP. Names begin with the acceptance test of the reference that they hold.

#![expect(clippy::disallowed_methods, reason = "tests look at the clock, read files and kill processes")]
#![expect(clippy::needless_pass_by_value, reason = "tests are easier to read with values")]

#[cfg(test)]
mod call;
#[cfg(test)]
mod config;
#[cfg(test)]
mod discovery;
#[cfg(test)]
mod ehr;
#[cfg(test)]
mod feedback;
#[cfg(test)]
mod fetch;
#[cfg(test)]
mod limits;
#[cfg(test)]
mod prefetch;
#[cfg(test)]
mod privacy;
#[cfg(test)]
mod reload;
#[cfg(test)]
mod repeat;
#[cfg(test)]
mod replay;
#[cfg(test)]
mod site;
#[cfg(test)]
mod store;
#[cfg(test)]
mod tls;
#[cfg(test)]
mod tokens;
#[cfg(test)]
mod traces;
#[cfg(test)]
mod trust;
