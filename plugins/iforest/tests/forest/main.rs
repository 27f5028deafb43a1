//! What the forest promises, from the outside.

mod contaminated;
mod hostile;
mod quality;
mod repeatable;
mod sklearn;
mod table;
