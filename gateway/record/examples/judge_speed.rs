//! What judging one penalty of 20 columns costs: `cargo run --release -p credit-record --example
//! judge_speed`.

use std::{hint::black_box, time::Instant};

use chrono::NaiveDate;
use credit_record::{
    directory::{Counted, Directories},
    flow::{Draft, Operation, Page},
    judge::Judge,
    rules::PublicityRules,
};

const RECORDS: u32 = 500;
const ROUNDS: u32 = 200;
const RUNS: u32 = 7;

fn body(n: u32) -> String {
    let facts = "超标排放水污染物，化学需氧量浓度超过《污水综合排放标准》表4三级标准限值".repeat(2);
    format!(
        "{{\"CF_XDR_MC\":\"黔西市永利建材有限公司\",\"CF_XDR_LB\":\"法人及非法人组织\",\
         \"CF_XDR_SHXYM\":\"91520581MA6DEMQ1XJ\",\"CF_XDR_GSZC\":\"520522000001232\",\
         \"CF_XDR_ZZJG\":\"780180013\",\"CF_FRDB\":\"张某某\",\"CF_WSH\":\"黔西环罚〔2025〕{n}号\",\
         \"CF_WFXW\":\"违反水污染防治管理制度\",\"CF_SY\":\"{facts}\",\
         \"CF_YJ\":\"《中华人民共和国水污染防治法》第八十三条\",\"CF_CFLB\":\"警告;罚款\",\
         \"CF_NR\":\"1.责令改正违法行为;2.处以罚款人民币2000元\",\"CF_NR_FK\":\"0.2\",\
         \"CF_JDRQ\":\"2025-06-01\",\"CF_YXQ\":\"2099-12-31\",\"CF_GSJZQ\":\"2026-06-01\",\
         \"CF_CFJG\":\"毕节市生态环境局黔西分局\",\"CF_CFJGDM\":\"11520581MBQX00032P\",\
         \"CF_SJLY\":\"毕节市生态环境局黔西分局\",\"CF_SJLYDM\":\"11520581MBQX00032P\"}}"
    )
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let judge = Judge::new(Directories::shipped()?, PublicityRules::shipped()?);
    let today = NaiveDate::from_ymd_opt(2026, 11, 24).ok_or("no such day")?;
    let mut page = Page {
        directories: vec!["penalty".to_owned()],
        ..Page::default()
    };
    for n in 0..RECORDS {
        page.bodies.push_str(&body(n));
        page.drafts.push(Draft {
            source_row: u64::from(n) + 2,
            directory: 0,
            operation: Operation::Insert,
            end: u32::try_from(page.bodies.len())?,
        });
    }
    let mut best = f64::MAX;
    for _ in 0..RUNS {
        let start = Instant::now();
        for _ in 0..ROUNDS {
            let judged = judge.judge(black_box(&page), today, Counted::Characters);
            assert_eq!(black_box(judged).records.len(), page.drafts.len());
        }
        let micros = start.elapsed().as_secs_f64() * 1e6 / f64::from(RECORDS * ROUNDS);
        best = best.min(micros);
        println!("{micros:.3} µs a record");
    }
    println!("best {best:.3} µs a record of {} bytes", body(1).len());
    Ok(())
}
