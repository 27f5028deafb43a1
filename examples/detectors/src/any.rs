//! One of the members, chosen by name.

use foghorn_guest::{Error, Reader, Writer};

use crate::{Forest, HalfSpace, Knn, Member, Pca, Scaled, Tails};

/// Which member. The number is what states hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Forest = 0,
    HalfSpace = 1,
    Tails = 2,
    Knn = 3,
    Pca = 4,
}

pub(crate) const KINDS: [(&str, Kind); 5] = [
    ("forest", Kind::Forest),
    ("halfspace", Kind::HalfSpace),
    ("tails", Kind::Tails),
    ("knn", Kind::Knn),
    ("pca", Kind::Pca),
];

/// A member of any kind, learned with its defaults.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Any {
    Forest(Forest),
    HalfSpace(HalfSpace),
    Tails(Tails),
    Knn(Knn),
    Pca(Pca),
}

macro_rules! each {
    ($any:expr, $member:ident => $what:expr) => {
        match $any {
            Any::Forest($member) => $what,
            Any::HalfSpace($member) => $what,
            Any::Tails($member) => $what,
            Any::Knn($member) => $what,
            Any::Pca($member) => $what,
        }
    };
}

impl Any {
    pub(crate) fn learn(kind: Kind, rows: &Scaled, seed: u64) -> Self {
        match kind {
            Kind::Forest => Self::Forest(learned(rows, seed)),
            Kind::HalfSpace => Self::HalfSpace(learned(rows, seed)),
            Kind::Tails => Self::Tails(learned(rows, seed)),
            Kind::Knn => Self::Knn(learned(rows, seed)),
            Kind::Pca => Self::Pca(learned(rows, seed)),
        }
    }

    pub(crate) fn kind(&self) -> Kind {
        match self {
            Self::Forest(_) => Kind::Forest,
            Self::HalfSpace(_) => Kind::HalfSpace,
            Self::Tails(_) => Kind::Tails,
            Self::Knn(_) => Kind::Knn,
            Self::Pca(_) => Kind::Pca,
        }
    }

    /// Logarithm of the strangeness.
    pub(crate) fn level(&self, row: &[f32]) -> f64 {
        each!(self, member => member.strangeness(row)).clamp(1e-12, 1e12).ln()
    }

    pub(crate) fn write(&self, out: &mut Writer) {
        out.u32(self.kind() as u32);
        each!(self, member => member.write(out));
    }

    pub(crate) fn read(bytes: &mut Reader<'_>, columns: usize) -> Result<Self, Error> {
        Ok(match bytes.u32()? {
            0 => Self::Forest(Forest::read(bytes, columns)?),
            1 => Self::HalfSpace(HalfSpace::read(bytes, columns)?),
            2 => Self::Tails(Tails::read(bytes, columns)?),
            3 => Self::Knn(Knn::read(bytes, columns)?),
            4 => Self::Pca(Pca::read(bytes, columns)?),
            other => return Err(bytes.damaged(format!("member {other} is not known"))),
        })
    }
}

fn learned<M: Member>(rows: &Scaled, seed: u64) -> M {
    M::learn(&M::Settings::default(), rows, seed)
}
