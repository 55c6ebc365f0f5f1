//! tmp
use lanterna_sim::{Config, run_twice, run};
fn main() {
    let args: Vec<u64> = std::env::args().skip(1).map(|a| a.parse().unwrap()).collect();
    match args[..] {
        [first, last] => for seed in first..last {
            let config = Config::small(seed);
            match run_twice(&config) {
                Ok(r) => println!("seed {seed}\n{r}"),
                Err(f) => { println!("seed {seed} {:?}\n{}\n{}", f.config, f.last.join("\n"), f.violation); break; }
            }
        },
        [seed, desks, days] => match run(&Config::region(seed, desks as u32, days as u32)) {
            Ok(r) => println!("{r}"),
            Err(f) => println!("{}", f.violation),
        },
        _ => {}
    }
}
