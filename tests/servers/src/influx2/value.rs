//! Values of points and of Flux.

use std::cmp::Ordering;
use std::sync::Arc;

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Text(Arc<str>),
    Integer(i64),
    Unsigned(u64),
    Float(f64),
    Boolean(bool),
    /// Nanoseconds.
    Time(i64),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Type {
    Text,
    Integer,
    Unsigned,
    Float,
    Boolean,
    Time,
}

impl Value {
    pub(super) fn text(text: &str) -> Self {
        Self::Text(text.into())
    }

    pub(super) fn of_type(&self) -> Type {
        match self {
            Self::Text(_) => Type::Text,
            Self::Integer(_) => Type::Integer,
            Self::Unsigned(_) => Type::Unsigned,
            Self::Float(_) => Type::Float,
            Self::Boolean(_) => Type::Boolean,
            Self::Time(_) => Type::Time,
        }
    }

    /// `None` between values of different types: Flux has no order for them.
    pub(super) fn compare(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Text(one), Self::Text(other)) => Some(one.cmp(other)),
            (Self::Integer(one), Self::Integer(other)) | (Self::Time(one), Self::Time(other)) => Some(one.cmp(other)),
            (Self::Unsigned(one), Self::Unsigned(other)) => Some(one.cmp(other)),
            (Self::Float(one), Self::Float(other)) => one.partial_cmp(other),
            (Self::Boolean(one), Self::Boolean(other)) => Some(one.cmp(other)),
            _ => None,
        }
    }
}

impl Type {
    /// As errors of a write name it.
    pub(super) fn of_field(self) -> &'static str {
        match self {
            Self::Text => "string",
            Self::Integer => "integer",
            Self::Unsigned => "unsigned",
            Self::Float => "float",
            Self::Boolean => "boolean",
            Self::Time => "time",
        }
    }

    /// As `#datatype` names it.
    pub(super) fn of_column(self) -> &'static str {
        match self {
            Self::Text => "string",
            Self::Integer => "long",
            Self::Unsigned => "unsignedLong",
            Self::Float => "double",
            Self::Boolean => "boolean",
            Self::Time => "dateTime:RFC3339",
        }
    }

    /// As errors of Flux name it.
    pub(super) fn of_flux(self) -> &'static str {
        match self {
            Self::Text => "string",
            Self::Integer => "int",
            Self::Unsigned => "uint",
            Self::Float => "float",
            Self::Boolean => "bool",
            Self::Time => "time",
        }
    }
}
