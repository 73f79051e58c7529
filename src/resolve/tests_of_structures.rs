//! Who pays and who employs part ways: payers of several units, lists of old, renames nobody wrote down, offices of two people,
//! payrolls without IDs. Units and persons have to vouch for each other; judgements and keys have to last.

use super::testing::{context, tables};
use super::tests::{Case, crowd, id, linked_grade, of, unit};
use super::{Resolution, explain_pair, pair, resolve};

/// Case rows of one unit.
fn rows_of(n: usize) -> impl Iterator<Item = usize> {
    (0..120).filter(move |i| i % 4 == n)
}

fn unit_of(resolution: &Resolution, table: &str, row: usize) -> Option<u32> {
    resolution.unit_of[table][row].unit
}

#[test]
fn a_centre_that_pays_for_several_units_without_ids_is_no_obstacle() {
    let mut case = Case::new();
    for n in [0, 1, 2] {
        for i in rows_of(n) {
            case.pay[i] = format!("濮阳市会计核算中心 | {} | | | 2026-10", crowd(i).0);
        }
    }
    let (resolution, _) = case.run();
    let centre = unit_of(&resolution, "payroll", 0).expect("a unit");
    assert!(!resolution.units[centre as usize].in_establishment, "the centre is none of the units it pays for");
    let linked = (0..120)
        .filter(|&i| of(&resolution, "payroll", i).person() == of(&resolution, "establishment_staff", i).person());
    assert_eq!(linked.count(), 120);
}

#[test]
fn a_central_school_that_pays_for_others_keeps_its_own_name() {
    let mut case = Case::new();
    for n in [1, 2] {
        for i in rows_of(n) {
            case.pay[i] = case.pay[i].replace(unit(i).1, "濮阳市第一中学");
        }
    }
    let (resolution, _) = case.run();
    for i in (0..120).filter(|i| i % 4 < 3) {
        assert_eq!(linked_grade(&resolution, i, i), 'A');
        assert_eq!(unit_of(&resolution, "payroll", i), unit_of(&resolution, "establishment_staff", 0));
    }
}

#[test]
fn lists_of_merged_units_are_named_by_their_staff() {
    let mut case = Case::new();
    for i in rows_of(3) {
        let old = if i % 8 == 3 { "濮阳市儿童保健所" } else { "濮阳市妇幼卫生站" };
        case.pay[i] = case.pay[i].replace(unit(i).1, old);
    }
    let (resolution, _) = case.run();
    for i in rows_of(3) {
        assert_eq!(unit_of(&resolution, "payroll", i), unit_of(&resolution, "establishment_staff", 3));
        assert_eq!(resolution.unit_of["payroll"][i].method, "common-staff");
    }
}

#[test]
fn repaired_persons_name_a_unit_that_sound_ids_could_not() {
    let mut case = Case::new();
    // A renamed unit all of whose IDs lost their last digits to a spreadsheet, with names that others share.
    for i in rows_of(3) {
        let (name, id) = crowd(i);
        case.pay[i] = format!("濮阳市第九综合站 | {name} | {}000 | | 2026-10", &id[..15]);
        case.staff.push(format!(
            "U00{} | {} | {name} | {} | | ",
            1 + i % 3,
            unit(i % 3).1,
            super::tests::id("19570203", 400 + u32::try_from(i).expect("small"))
        ));
    }
    let (resolution, _) = case.run();
    for i in rows_of(3) {
        assert_eq!(unit_of(&resolution, "payroll", i), unit_of(&resolution, "establishment_staff", 3), "row {i}");
    }
}

#[test]
fn an_office_of_two_needs_name_and_staff_together() {
    let mut case = Case::new();
    let ids = [id("19800101", 611), id("19810101", 612)];
    for (i, id) in ids.iter().enumerate() {
        case.staff.push(format!("U009 | 濮阳市关心下一代工作委员会办公室 | 欧阳{} | {id} | | ", ["文", "武"][i]));
        case.pay.push(format!("濮阳市关工委办公室 | 欧阳{} | {id} | | 2026-10", ["文", "武"][i]));
        case.hr.push(format!("濮阳市扫盲办公室 | 欧阳{} | {id} | | ", ["文", "武"][i]));
    }
    let mut all = case.tables();
    let mut lines = super::tests::units();
    lines.push("U009 | 濮阳市关心下一代工作委员会办公室 | ".to_owned());
    all.extend(tables(&[("establishment_units", super::tests::UNIT_HEADERS, &lines)]));
    let resolution = resolve(&all, &context());
    let register = unit_of(&resolution, "establishment_staff", 120);
    assert_eq!(unit_of(&resolution, "payroll", 120), register, "short form and both its people");
    assert_ne!(unit_of(&resolution, "hr_staff", 120), register, "two people alone do not name a unit of another name");
}

#[test]
fn a_judgement_on_units_outweighs_names_and_staff() {
    let mut case = Case::new();
    for i in rows_of(3) {
        case.pay[i] = case.pay[i].replace(unit(i).1, "濮阳市儿童保健所");
    }
    let (before, tables) = case.run();
    let register = unit_of(&before, "establishment_staff", 3).expect("known");
    assert_eq!(unit_of(&before, "payroll", 3), Some(register));
    let mut told = context();
    let own = super::unit_spine::unit_key(None, None, "濮阳市儿童保健所");
    told.judgements.units.insert((own, before.units[register as usize].key.clone()), false);
    let after = resolve(&tables, &told);
    assert_ne!(unit_of(&after, "payroll", 3), unit_of(&after, "establishment_staff", 3));
}

#[test]
fn keys_are_the_same_next_month_whoever_else_comes_and_goes() {
    let mut case = Case::new();
    case.staff.push("U001 | 濮阳市第一中学 | 无号乙 | | 1979-02-03 | ".to_owned());
    let key = |r: &Resolution, table: &str, row: usize| {
        let person = of(r, table, row).person().expect("somebody") as usize;
        let unit = unit_of(r, table, row).expect("a unit") as usize;
        (r.person_keys[person].to_owned(), r.units[unit].key.clone())
    };
    let (first, _) = case.run();
    let before: Vec<_> = (0..121).map(|i| key(&first, "establishment_staff", i)).collect();
    case.staff.insert(0, format!("U002 | 濮阳市第二中学 | 新来者 | {} | | ", id("19991231", 901)));
    case.pay.remove(7);
    case.hr.clear();
    let (second, _) = case.run();
    let after: Vec<_> = (1..122).map(|i| key(&second, "establishment_staff", i)).collect();
    assert_eq!(before, after);
}

#[test]
fn one_pair_is_weighed_again_and_told_why_it_is_no_link() {
    let mut case = Case::new();
    let (name, sound) = crowd(8);
    case.pay[8] = format!("濮阳市第一中学 | {name} | {} | | 2026-10", id("19850312", 313));
    case.pay.push(format!("濮阳市教育局 | 某某人 | {} | | 2026-10", id("19660606", 901)));
    case.pay.push(format!(" | {} | | | 2026-10", crowd(12).0));
    let tables = case.tables();
    let why = |register: usize, table: &str, row: usize| {
        explain_pair(&tables, &context(), [(table, row), ("establishment_staff", register)]).expect("weighed")
    };
    assert_eq!(why(4, "payroll", 4).why, pair::Why::Same);
    let two = why(8, "payroll", 8);
    assert_eq!(two.why, pair::Why::TwoIds, "{two:?}");
    assert_eq!(two.link.left.table, "establishment_staff", "the register stands left");
    assert!(two.link.evidence.iter().any(|e| e.level == "id-two-valid"));
    assert!(!format!("{two:?}").contains(&sound), "values are masked");
    let strangers = why(3, "payroll", 120);
    assert!(matches!(strangers.why, pair::Why::TwoIds | pair::Why::NoKey), "{:?}", strangers.why);
    let named = why(12, "payroll", 121);
    assert!(matches!(named.why, pair::Why::NoGrounds | pair::Why::Light), "{:?}", named.why);
    assert!(named.keys.iter().any(|k| k.0 == "name" && k.5), "they share the name: {:?}", named.keys);
    let sources = explain_pair(&tables, &context(), [("payroll", 9), ("hr_staff", 10)]).expect("weighed");
    assert_ne!(sources.why, pair::Why::Same);
    assert!(explain_pair(&tables, &context(), [("payroll", 9), ("establishment_units", 0)]).is_none());
}
