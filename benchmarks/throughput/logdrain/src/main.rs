//! Mines the lines of a file with logdrain's defaults, on the one thread that this program has.
//!
//! Prints what the mining loop alone took in seconds, the lines and the clusters; reading the file stands before the loop.

use std::time::Instant;

use logdrain::Miner;

fn main() {
    let path = std::env::args().nth(1).expect("the path of a file of messages");
    let text = String::from_utf8_lossy(&std::fs::read(path).expect("a readable file")).into_owned();
    let miner = Miner::builder().build().expect("logdrain's defaults");
    let began = Instant::now();
    let mut lines = 0_u64;
    for line in text.lines() {
        miner.add(line);
        lines += 1;
    }
    println!("{} {} {}", began.elapsed().as_secs_f64(), lines, miner.len());
}
