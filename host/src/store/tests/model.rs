//! The store against a model that is a list of lines per container, with generated actions.

use proptest::collection::vec;
use proptest::prelude::*;
use tempfile::TempDir;
use tokio::runtime;

use super::{SECOND_NS, lines, open};
use crate::identity::Identity;
use crate::store::Store;
use crate::stream::suite::entry;
use crate::stream::{Batch, Stream as _};

#[derive(Debug, Clone)]
enum Action {
    /// Lines for some containers in one append.
    Append(Vec<(usize, usize)>),
    Read {
        container: usize,
        from_seq: u64,
        count: u64,
        lines_max: usize,
    },
    /// As far as this part of what is there, in percent.
    Acknowledge {
        container: usize,
        percent: u64,
    },
    /// When this second is 1000 s ago.
    Retain {
        cutoff_s: u64,
    },
    Reopen,
}

fn action() -> impl Strategy<Value = Action> {
    let count = prop_oneof![4 => 0..10usize, 2 => 10..300usize, 1 => 3000..9000usize];
    prop_oneof![
        6 => vec((0..3usize, count), 1..4).prop_map(Action::Append),
        4 => (0..3usize, 0..12_000u64, 0..5000u64, 0..5000usize).prop_map(|(container, from_seq, count, lines_max)| {
            Action::Read { container, from_seq, count, lines_max }
        }),
        3 => (0..3usize, 0..=100u64).prop_map(|(container, percent)| Action::Acknowledge { container, percent }),
        2 => prop_oneof![Just(0), 0..12_000u64].prop_map(|cutoff_s| Action::Retain { cutoff_s }),
        1 => Just(Action::Reopen),
    ]
}

/// What should be there of one container. Line n is `lines(n, 1)`, so numbers are enough.
#[derive(Debug, Clone, Copy)]
struct Model {
    kept_from: u64,
    next_seq: u64,
    acknowledged: u64,
}

fn identity(container: usize) -> Identity {
    Identity::of_name("model", &container.to_string())
}

async fn apply(dir: &TempDir, store: Store, models: &mut [Model; 3], action: Action) -> Store {
    match action {
        Action::Append(parts) => append(&store, models, parts).await,
        Action::Read { container, from_seq, count, lines_max } => {
            let model = models[container];
            let end_seq = from_seq + count;
            let batch = store.read_lines(&identity(container), from_seq, end_seq, lines_max).await.unwrap();
            assert_eq!(batch, expected(container, model, from_seq, end_seq, lines_max));
        }
        Action::Acknowledge { container, percent } => {
            let model = &mut models[container];
            let seq = 1 + (model.next_seq - 1) * percent / 100;
            store.acknowledge(&identity(container), seq).await.unwrap();
            model.acknowledged = model.acknowledged.max(seq);
            assert_eq!(store.acknowledged(&identity(container)).await.unwrap(), model.acknowledged);
        }
        Action::Retain { cutoff_s } => retain(&store, models, cutoff_s).await,
        Action::Reopen => {
            drop(store);
            return open(dir);
        }
    }
    store
}

async fn append(store: &Store, models: &mut [Model; 3], parts: Vec<(usize, usize)>) {
    let mut entries = Vec::new();
    let mut firsts = Vec::new();
    for (container, count) in parts {
        let model = &mut models[container];
        firsts.push(model.next_seq);
        let lines = lines(model.next_seq, count);
        model.next_seq += count as u64;
        entries.push(entry(&identity(container), lines, &model.next_seq.to_le_bytes()));
    }
    assert_eq!(store.append(entries).await.unwrap(), firsts);
}

fn expected(container: usize, model: Model, from_seq: u64, end_seq: u64, lines_max: usize) -> Option<Batch> {
    let first_seq = from_seq.max(model.kept_from);
    let end_seq = end_seq.min(model.next_seq).min(first_seq + lines_max as u64);
    (first_seq < end_seq).then(|| Batch {
        identity: identity(container),
        first_seq,
        lines: lines(first_seq, (end_seq - first_seq) as usize),
    })
}

/// Which blocks there are is the store's business; what it must keep, and that what it keeps has no hole, is not.
async fn retain(store: &Store, models: &mut [Model; 3], cutoff_s: u64) {
    store.retain((1000 + cutoff_s) * SECOND_NS).await.unwrap();
    for (container, model) in models.iter_mut().enumerate() {
        let batch = store.read_lines(&identity(container), 1, u64::MAX, 1).await.unwrap();
        let kept_from = batch.map_or(model.next_seq, |batch| batch.first_seq);
        let may_go_until = cutoff_s.min(model.acknowledged).max(model.kept_from);
        assert!((model.kept_from..=may_go_until).contains(&kept_from), "{model:?} keeps from {kept_from}");
        model.kept_from = kept_from;
    }
}

async fn check_all(store: &Store, models: &[Model; 3]) {
    let mut kept = 0;
    for (container, &model) in models.iter().enumerate() {
        let batch = store.read_lines(&identity(container), 1, u64::MAX, usize::MAX).await.unwrap();
        assert_eq!(batch, expected(container, model, 1, u64::MAX, usize::MAX >> 1));
        let cursor = store.cursor(&identity(container)).await.unwrap();
        assert!(model.next_seq == 1 || cursor == Some(model.next_seq.to_le_bytes().to_vec()));
        kept += model.next_seq - model.kept_from;
    }
    assert_eq!(store.sizes().await.unwrap().lines, kept);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_store_does_what_a_list_does(actions in vec(action(), 1..40)) {
        let runtime = runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let dir = TempDir::new().unwrap();
            let mut store = open(&dir);
            let mut models = [Model { kept_from: 1, next_seq: 1, acknowledged: 1 }; 3];
            for action in actions {
                store = apply(&dir, store, &mut models, action).await;
            }
            check_all(&store, &models).await;
        });
    }
}
