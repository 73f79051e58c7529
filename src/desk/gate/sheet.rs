//! The pre-check sheet (机构编制事项预审表) as a page in Chinese or English.

use super::decide::GROUNDS;
use super::problems::{Basis, Standing};
use super::{Checked, Decision, Matter};
use crate::desk::Tongue;
use crate::desk::page::{Grid, Page};

/// Open problems listed; the rest are counted.
const SHOWN: usize = 200;

/// The matter in words.
#[must_use]
pub fn matter_words(matter: &Matter, checked: Option<&Checked>, tongue: Tongue) -> String {
    match matter {
        Matter::Entry { quota_type, people } => {
            let line = checked.and_then(|c| c.facts.quota.iter().find(|q| q.quota_type == *quota_type));
            let kind = line.map_or_else(|| quota_type.clone(), |q| q.type_words.pick(tongue).to_owned());
            match tongue {
                Tongue::Zh => format!("进人 {people} 名({kind})"),
                Tongue::En => format!("entry of {people} ({kind})"),
            }
        }
        Matter::Leader { scope, level, class, people } => {
            let line = checked.and_then(|c| {
                c.facts.posts.iter().find(|p| p.scope == *scope && p.level == *level && p.class == *class)
            });
            let kind = line.map_or_else(|| format!("{scope}, {level}, {class}"), |p| p.words.pick(tongue).to_owned());
            match tongue {
                Tongue::Zh => format!("配备领导职务 {people} 名({kind})"),
                Tongue::En => format!("appointment of {people} leaders ({kind})"),
            }
        }
        Matter::NewUnit { name } => match tongue {
            Tongue::Zh => format!("设立下属机构:{name}"),
            Tongue::En => format!("a new unit below it: {name}"),
        },
        Matter::Rank { to } => match tongue {
            Tongue::Zh => format!("机构规格调整为:{to}"),
            Tongue::En => format!("change of rank to: {to}"),
        },
    }
}

fn tenths(value: Option<i64>) -> String {
    value.map_or_else(|| "—".to_owned(), |t| format!("{}.{}%", t / 10, t % 10))
}

/// The page.
#[must_use]
pub fn page(checked: &Checked, tongue: Tongue) -> Page {
    let t = |zh: &'static str, en: &'static str| tongue.pick(zh, en).to_owned();
    let mut page = Page {
        title: t("机构编制事项预审表", "Pre-check sheet"),
        number: format!("{} {}", checked.number, checked.day),
        none: t("无", "none"),
        foot: t(
            "数字取自已发布的核对结果;疑点未经核实不作结论。姓名、证件号均已脱敏。",
            "Figures are those of the published check; a suspicion is no conclusion. Names and IDs are masked.",
        ),
        ..Page::default()
    };
    lines(&mut page, checked, tongue);
    let reason = |r: &super::Reason| {
        let effect = match (r.suspends, r.waived) {
            (true, true) => t("已豁免", "waived"),
            (true, false) => t("暂停", "suspends"),
            (false, _) => t("须附说明", "statement"),
        };
        let grounds = GROUNDS.iter().filter(|g| r.suspends && r.grounds.contains(&g.0));
        let grounds: Vec<&str> = grounds.map(|g| tongue.pick(g.1, g.2)).collect();
        vec![effect, r.words.pick(tongue).to_owned(), grounds.join(tongue.pick("、", "; "))]
    };
    page.tables.push(Grid::new(
        tongue.pick("理由", "Reasons"),
        &[
            tongue.pick("效力", "effect"),
            tongue.pick("理由", "reason"),
            tongue.pick("可豁免情形", "grounds that would lift it"),
        ],
        checked.reasons.iter().map(reason).collect(),
    ));
    numbers(&mut page, checked, tongue);
    problems(&mut page, checked, tongue);
    history(&mut page, checked, tongue);
    if checked.decision == Decision::PassWithStatement {
        page.paragraphs.push(t(
            "申请单位须书面说明上列问题的整改措施和完成时限,随申请一并报送。",
            "The unit states in writing how and by when the problems above are put right, and sends it with the application.",
        ));
    }
    page.signatures =
        [("经办人", "officer"), ("审核人", "reviewer"), ("日期", "date")].map(|(zh, en)| t(zh, en)).to_vec();
    page
}

fn lines(page: &mut Page, checked: &Checked, tongue: Tongue) {
    let t = |zh: &'static str, en: &'static str| tongue.pick(zh, en);
    let facts = &checked.facts;
    let words = checked.decision.words();
    page.line(t("预审意见", "decision"), tongue.pick(words.0, words.1));
    page.line(t("单位", "unit"), format!("{} {}", facts.unit.name, facts.unit.code.as_deref().unwrap_or_default()));
    page.line(t("规格", "rank"), facts.unit_rank.pick(tongue));
    page.line(t("事项", "matter"), matter_words(&checked.matter, Some(checked), tongue));
    if !checked.application.is_empty() {
        page.line(t("申请文号", "application"), checked.application.as_str());
    }
    page.line(t("数据期间", "period"), format!("{} ({})", facts.period, facts.run_id));
    let children: Vec<&str> = facts.children.iter().map(|u| u.name.as_str()).collect();
    let list = if children.is_empty() { t("无", "none").to_owned() } else { children.join(t("、", ", ")) };
    page.line(t("下属单位", "units below it"), list);
    let problems = &checked.problems;
    let source = match problems.basis {
        Basis::Ledger => t("问题台账", "the ledger"),
        Basis::PublishedFindings => {
            t("已发布问题(未启用台账,未经核实)", "the published findings (no ledger; nobody has checked them)")
        }
    };
    page.line(t("未销号问题来源", "open problems come from"), source);
    let n = |s: Standing| problems.count(s);
    let (late, none, on_plan) = (n(Standing::Overdue), n(Standing::Unplanned), n(Standing::OnPlan));
    let stopped = n(Standing::Stopped);
    let (suspected, minor) = (problems.suspected, problems.minor);
    page.line(
        t("未销号问题", "open problems"),
        match tongue {
            Tongue::Zh => format!("计入 {} 件:督办暂停 {stopped},逾期 {late},无计划 {none},按计划 {on_plan};另有未核实 {suspected} 件、S3、S4 {minor} 件", problems.open.len()),
            Tongue::En => format!("counted: {} (suspended by the ladder {stopped}, overdue {late}, unplanned {none}, on plan {on_plan}); not yet checked {suspected}; S3, S4: {minor}", problems.open.len()),
        },
    );
    page.line(t("销号率", "closed rate"), tenths(problems.closed_rate_tenths));
    page.line(t("最近评估等次", "last evaluation"), facts.tier.as_deref().unwrap_or("—"));
    let q = &facts.quality;
    page.line(
        t("数据质量", "data quality"),
        match tongue {
            Tongue::Zh => format!(
                "{}(采纳 {} 行,退回 {} 行,证件号有误 {} 行,质量问题 {} 件)",
                tenths(q.score_tenths),
                q.taken,
                q.aside,
                q.unsound,
                q.findings
            ),
            Tongue::En => format!(
                "{} ({} rows taken, {} set aside, {} with an unsound ID; {} findings)",
                tenths(q.score_tenths),
                q.taken,
                q.aside,
                q.unsound,
                q.findings
            ),
        },
    );
    if let Some(waiver) = &checked.waiver {
        let ground = GROUNDS.iter().find(|g| g.0 == waiver.ground).map_or("", |g| tongue.pick(g.1, g.2));
        let text = [ground, &waiver.approver, &waiver.document, &waiver.until, &waiver.why];
        let text: Vec<&str> = text.into_iter().filter(|w| !w.is_empty()).collect();
        page.line(
            t("豁免(情形、批准人、文号、有效期至、说明)", "waiver (ground, approver, document, until, why)"),
            text.join(t(";", "; ")),
        );
    }
}

fn numbers(page: &mut Page, checked: &Checked, tongue: Tongue) {
    let t = |zh: &'static str, en: &'static str| tongue.pick(zh, en);
    let quota = checked.facts.quota.iter().map(|q| {
        let words = [q.bucket_words.pick(tongue), q.type_words.pick(tongue)].map(str::to_owned);
        let numbers = [q.approved, q.exempt, q.actual, q.pending, q.vacant].map(|n| n.to_string());
        words.into_iter().chain(numbers).collect()
    });
    let columns = [
        t("台账类型", "bucket"),
        t("编制类型", "type"),
        t("核定:number", "approved:number"),
        t("单列:number", "exempt:number"),
        t("在编:number", "enrolled:number"),
        t("已核准未使用:number", "approved, unused:number"),
        t("空编:number", "vacant:number"),
    ];
    let note = t("各台账类型不相抵;负数为超编。", "Buckets never make up for one another; below zero is over quota.");
    page.tables.push(Grid::new(t("编制", "Posts"), &columns, quota.collect()).note(note));
    let posts = checked.facts.posts.iter().map(|p| {
        let numbers = [p.approved, p.incumbents, p.vacant].map(|n| n.to_string());
        std::iter::once(p.words.pick(tongue).to_owned()).chain(numbers).collect()
    });
    let columns = [
        t("职务", "post"),
        t("核定:number", "approved:number"),
        t("现配:number", "in office:number"),
        t("空缺:number", "vacant:number"),
    ];
    page.tables.push(Grid::new(t("领导职数", "Leader posts"), &columns, posts.collect()));
}

fn problems(page: &mut Page, checked: &Checked, tongue: Tongue) {
    let t = |zh: &'static str, en: &'static str| tongue.pick(zh, en);
    let open = &checked.problems.open;
    let row = |o: &super::problems::Open| {
        let standing = o.standing.words();
        let late = o.days_overdue.map(|d| match tongue {
            Tongue::Zh => format!(" {d} 天"),
            Tongue::En => format!(" {d} days"),
        });
        vec![
            o.id.clone(),
            o.unit_name.clone(),
            format!("{} {}", o.severity, o.rule).trim().to_owned(),
            o.state.pick(tongue).to_owned(),
            format!("{}{}", standing.pick(tongue), late.unwrap_or_default()),
            o.due.clone().unwrap_or_default(),
            o.fact.pick(tongue).to_owned(),
        ]
    };
    let columns = [
        t("编号", "number"),
        t("单位", "unit"),
        t("级别、规则", "severity, rule"),
        t("状态", "state"),
        t("整改情况", "standing"),
        t("时限", "due"),
        t("事实", "fact"),
    ];
    let mut grid = Grid::new(
        t("未销号问题(S1、S2)", "Open problems (S1, S2)"),
        &columns,
        open.iter().take(SHOWN).map(row).collect(),
    );
    if open.len() > SHOWN {
        grid.note = match tongue {
            Tongue::Zh => format!("共 {} 件,列示前 {SHOWN} 件。", open.len()),
            Tongue::En => format!("{} in all, the first {SHOWN} shown.", open.len()),
        };
    }
    page.tables.push(grid);
}

fn history(page: &mut Page, checked: &Checked, tongue: Tongue) {
    let t = |zh: &'static str, en: &'static str| tongue.pick(zh, en);
    let count = |n: Option<i64>| n.map_or_else(|| "—".to_owned(), |n| n.to_string());
    let rows = checked.facts.history.iter().map(|m| {
        vec![
            m.period.clone(),
            m.findings.to_string(),
            m.s1.to_string(),
            m.s2.to_string(),
            count(m.opened),
            count(m.closed),
        ]
    });
    let columns = [
        t("月份", "month"),
        t("问题:number", "findings:number"),
        "S1:number",
        "S2:number",
        t("台账立案:number", "cases opened:number"),
        t("台账销号:number", "cases closed:number"),
    ];
    let note =
        t("含下属单位;未发布的月份不列。", "Units below it included; months that were not published are left out.");
    page.tables.push(Grid::new(t("近十二个月", "The last twelve months"), &columns, rows.collect()).note(note));
}
