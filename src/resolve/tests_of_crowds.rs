//! Inputs that blow up candidates or say nothing: everybody born on one day, everybody of one name, one account for a thousand
//! people, empty and constant columns. None may stall, and none may lose a pair in silence.

use super::testing::{context, tables};
use super::tests::{HR, PAY, STAFF, UNIT_HEADERS, changed, id, units};
use super::{Decision, resolve};

const SCHOOL: &str = "濮阳市第一中学";
const MANY: usize = 900;

/// A different name for each i; no two of one surname share a character of the rest.
fn name(i: usize) -> String {
    let surnames: Vec<char> = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗".chars().collect();
    let rest: Vec<char> =
        "建国秀英海涛晓梅志强玉兰文博雪琴栋春燕俊杰丽华宏伟淑珍凤霞金龙永庆瑞彬冬云鹏飞德福艳红卫东小军桂芳"
            .chars()
            .collect();
    let (family, i) = (i / rest.len(), i % rest.len());
    format!("{}{}{}", surnames[family % 20], rest[i], rest[(i * 7 + 13 + family) % rest.len()])
}

/// Of the first rows of a table, each the same person as the register's row of that number: linked to that person, and to another.
fn right_and_wrong(found: &super::Resolution, table: &str, rows: usize) -> (usize, usize) {
    let same = |&i: &usize| found.person_of[table][i].person() == found.person_of["establishment_staff"][i].person();
    let right = (0..rows).filter(same).count();
    let wrong = (0..rows).filter(|i| !same(i) && found.person_of[table][*i].grade != 'N').count();
    (right, wrong)
}

fn number(i: usize) -> u32 {
    u32::try_from(i).expect("small")
}

#[test]
fn everybody_born_on_one_day_is_told_apart_by_name_and_id() {
    let staff: Vec<String> = (0..MANY)
        .map(|i| format!("U001 | {SCHOOL} | {} | {} | 1900-01-01 | 男", name(i), id("19000101", number(i))))
        .collect();
    // One digit wrong in each: only the candidates of blocking can put them right.
    let pay: Vec<String> = (0..300)
        .map(|i| {
            let sound = id("19000101", number(i));
            let wrong = changed(&sound, 14, if &sound[14..15] == "9" { "8" } else { "9" });
            format!("{SCHOOL} | {} | {wrong} | | 2026-10", name(i))
        })
        .collect();
    let hr: Vec<String> = (0..300).map(|i| format!("{SCHOOL} | {} | | 1900-01-01 | 男", name(i))).collect();
    let all = tables(&[
        ("establishment_units", UNIT_HEADERS, &units()),
        ("establishment_staff", STAFF, &staff),
        ("payroll", PAY, &pay),
        ("hr_staff", HR, &hr),
    ]);
    let found = resolve(&all, &context());
    for i in 0..300 {
        let register = found.person_of["establishment_staff"][i].person();
        assert_eq!(found.person_of["payroll"][i].person(), register, "payroll row {i}");
    }
    let hr = right_and_wrong(&found, "hr_staff", 300);
    assert!(hr.0 >= 290 && hr.1 == 0, "a birth date that all share says nothing, and misleads nobody: {hr:?}");
    let born = found.blocks.iter().find(|b| b.search == "hr_staff" && b.key == "unit-birth").expect("a key of births");
    assert!(born.crowded == 1 && born.pairs_before >= 270_000, "the crowd is told: {born:?}");
}

#[test]
fn everybody_of_one_name_is_told_apart_by_what_else_is_known() {
    let staff: Vec<String> = (0..MANY)
        .map(|i| {
            let birth = format!("{}{:02}{:02}", 1960 + i % 40, 1 + i % 12, 1 + i % 28);
            format!("U001 | {SCHOOL} | 张伟 | {} | | ", id(&birth, number(i)))
        })
        .collect();
    let sound = |i: usize| id(&format!("{}{:02}{:02}", 1960 + i % 40, 1 + i % 12, 1 + i % 28), number(i));
    let wrong = |i: usize| changed(&sound(i), 16, if &sound(i)[16..17] == "9" { "8" } else { "9" });
    let mut pay: Vec<String> = (0..200).map(|i| format!("{SCHOOL} | 张伟 | {} | | 2026-10", wrong(i))).collect();
    pay.push(format!("{SCHOOL} | 张伟 | | | 2026-10"));
    let all = tables(&[
        ("establishment_units", UNIT_HEADERS, &units()),
        ("establishment_staff", STAFF, &staff),
        ("payroll", PAY, &pay),
    ]);
    let found = resolve(&all, &context());
    let right = (0..200)
        .filter(|&i| found.person_of["payroll"][i].person() == found.person_of["establishment_staff"][i].person());
    assert_eq!(right.count(), 200);
    let nameless = found.person_of["payroll"][200];
    assert_eq!(nameless.grade, 'N', "nobody can say which 张伟");
    let names = found.blocks.iter().find(|b| b.search == "payroll" && b.key == "name").expect("a key of names");
    assert!(names.crowded == 1 && names.refined == 1, "{names:?}");
}

#[test]
fn one_account_for_a_thousand_people_joins_only_those_of_one_name() {
    let pay: Vec<String> = (0..MANY)
        .flat_map(|i| {
            let months = ["2026-09", "2026-10"];
            months.map(|month| format!("{SCHOOL} | {} | | 6222000000000001 | {month}", name(i)))
        })
        .collect();
    let staff = ["U002 | 濮阳市第二中学 | 司马光 | | | ".to_owned()];
    let all = tables(&[
        ("establishment_units", UNIT_HEADERS, &units()),
        ("establishment_staff", STAFF, &staff),
        ("payroll", PAY, &pay),
    ]);
    let found = resolve(&all, &context());
    let person = |row: usize| found.person_of["payroll"][row].person().expect("a person");
    for i in 0..MANY {
        assert_eq!(person(2 * i), person(2 * i + 1), "two months of one person");
    }
    let mut persons: Vec<u32> = (0..MANY).map(|i| person(2 * i)).collect();
    persons.sort_unstable();
    persons.dedup();
    assert_eq!(persons.len(), MANY, "an account makes nobody another");
}

#[test]
fn an_account_of_many_is_refined_by_name_and_says_so() {
    let pay: Vec<String> = (0..200)
        .flat_map(|i| {
            let birth = format!("1980{:02}{:02}", 1 + i % 12, 1 + i % 28);
            let sound = id(&birth, 100 + number(i));
            let cut = sound[..17].to_owned();
            [(sound, "2026-09"), (cut, "2026-10")]
                .map(|(id, month)| format!("{SCHOOL} | {} | {id} | 6222000000000001 | {month}", name(i)))
        })
        .collect();
    let all = tables(&[
        ("establishment_units", UNIT_HEADERS, &units()),
        ("establishment_staff", STAFF, &[]),
        ("payroll", PAY, &pay),
    ]);
    let found = resolve(&all, &context());
    for i in 0..200 {
        assert_eq!(found.person_of["payroll"][2 * i].person(), found.person_of["payroll"][2 * i + 1].person(), "{i}");
    }
    let accounts = found.blocks.iter().find(|b| b.key == "account").expect("the account");
    assert_eq!((accounts.keys, accounts.crowded, accounts.refined), (1, 1, 1), "{accounts:?}");
    assert!(accounts.pairs_after < accounts.pairs_before, "{accounts:?}");
}

#[test]
fn without_any_id_names_and_circumstances_link_and_a_tie_does_not() {
    let staff: Vec<String> =
        (0..400).map(|i| format!("U001 | {SCHOOL} | {} | | {}-03-04 | ", name(i), 1960 + i % 40)).collect();
    let hr: Vec<String> = (0..400).map(|i| format!("{SCHOOL} | {} | | {}-03-04 | ", name(i), 1960 + i % 40)).collect();
    let mut all = [staff.clone(), hr.clone()];
    // Two of one name and one birth date in one unit, and one row for them.
    all[0].extend(std::iter::repeat_n(format!("U001 | {SCHOOL} | 孙伟 | | 1970-05-06 | "), 2));
    all[1].push(format!("{SCHOOL} | 孙伟 | | 1970-05-06 | "));
    let all = tables(&[
        ("establishment_units", UNIT_HEADERS, &units()),
        ("establishment_staff", STAFF, &all[0]),
        ("hr_staff", HR, &all[1]),
    ]);
    let found = resolve(&all, &context());
    let linked = (0..400)
        .filter(|&i| found.person_of["hr_staff"][i].person() == found.person_of["establishment_staff"][i].person());
    assert_eq!(linked.count(), 400);
    let tied = found.person_of["hr_staff"][400];
    let one =
        found.person_of["establishment_staff"][400].person() == found.person_of["establishment_staff"][401].person();
    assert!(one || tied.grade == 'N', "either the two are one, or nobody says which: {tied:?}");
}

#[test]
fn empty_and_constant_columns_say_nothing_and_harm_nothing() {
    let staff: Vec<String> = (0..60)
        .map(|i| {
            let birth = format!("19{:02}0101", 60 + i % 40);
            format!("U001 | {SCHOOL} | {} | {} | 1970-01-01 | 男", name(i), id(&birth, number(100 + i)))
        })
        .collect();
    // The same birth date and sex for all in HR, no unit, no account anywhere.
    let hr: Vec<String> = (0..60)
        .map(|i| {
            format!(
                "{SCHOOL} | {} | {} | 1970-01-01 | 男",
                name(i),
                if i % 2 == 0 { String::new() } else { id(&format!("19{:02}0101", 60 + i % 40), number(100 + i)) }
            )
        })
        .collect();
    let pay: Vec<String> = (0..60).map(|i| format!(" | {} | | | 2026-10", name(i))).collect();
    let all = tables(&[
        ("establishment_units", UNIT_HEADERS, &units()),
        ("establishment_staff", STAFF, &staff),
        ("payroll", PAY, &pay),
        ("hr_staff", HR, &hr),
    ]);
    let found = resolve(&all, &context());
    for i in 0..60 {
        assert_eq!(found.person_of["payroll"][i].grade, 'N', "a name alone links nobody");
    }
    let hr = right_and_wrong(&found, "hr_staff", 60);
    assert!(hr.0 >= 30 && hr.1 == 0, "whoever has an ID is linked, nobody is linked wrongly: {hr:?}");
    assert!(found.person_links.iter().all(|l| l.right.table != "payroll" || l.decision != Decision::Linked));
}
