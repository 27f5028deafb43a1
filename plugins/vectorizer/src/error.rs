//! Why a call failed, with the contract's code.

/// An error as the contract knows it: a code and one sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// 1 bad setting, 2 state cannot be read, 3 too little data, 4 bad input, 5 other.
    pub code: u32,
    pub message: String,
}

impl Error {
    pub(crate) fn setting(message: String) -> Error {
        Error { code: 1, message }
    }

    pub(crate) fn state(message: String) -> Error {
        Error { code: 2, message }
    }

    pub(crate) fn input(message: String) -> Error {
        Error { code: 4, message }
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}
