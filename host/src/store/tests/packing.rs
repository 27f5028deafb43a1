//! Small blocks become full ones, and no line changes.

use super::{append, fresh, lines, raw, read_all, web};

#[tokio::test]
async fn many_small_blocks_become_few_with_the_same_lines() {
    let (dir, store) = fresh();
    for seq in 1..=5000 {
        append(&store, &web(), seq, 1).await;
    }
    store.retain(0).await.unwrap();
    assert_eq!(read_all(&store, &web()).await.unwrap().unwrap().lines, lines(1, 5000));
    let count = |sql: &str| raw(&dir).query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    assert!(count("SELECT count(*) FROM block WHERE first_seq <= 4097") <= 4, "full blocks");
    let blocks = count("SELECT count(*) FROM block");
    store.retain(0).await.unwrap();
    assert_eq!(count("SELECT count(*) FROM block"), blocks, "what is packed stays as it is");
    append(&store, &web(), 5001, 10).await;
    assert_eq!(read_all(&store, &web()).await.unwrap().unwrap().lines, lines(1, 5010));
}

#[tokio::test]
async fn small_blocks_between_large_ones_are_packed_without_growing_beyond_the_bound() {
    let (dir, store) = fresh();
    let mut seq = 1;
    for count in [1, 4000, 3, 4096, 2, 200, 300, 9000, 1, 1, 5000] {
        append(&store, &web(), seq, count).await;
        seq += count as u64;
    }
    store.retain(0).await.unwrap();
    assert_eq!(read_all(&store, &web()).await.unwrap().unwrap().lines, lines(1, (seq - 1) as usize));
    let most: i64 = raw(&dir).query_row("SELECT max(lines) FROM block", [], |row| row.get(0)).unwrap();
    assert!(most <= 4096, "{most}");
}
