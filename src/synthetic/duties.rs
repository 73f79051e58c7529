//! What units are for: duties in the words of the document that set them up, and the purpose in the words of the registration.

use super::days::Day;
use super::model::{Span, World};
use super::office::Office;

const MATTERS: [&str; 36] = [
    "中小学教育教学",
    "幼儿保育和学前启蒙",
    "教师继续教育培训",
    "基本医疗和急诊救治",
    "传染病监测预警",
    "妇女儿童保健指导",
    "预防接种和健康档案管理",
    "公路桥梁养护巡查",
    "道路客货运输管理",
    "城市绿地和行道树管护",
    "农作物新品种示范推广",
    "病虫害测报防治",
    "畜禽疫病检测",
    "水土流失治理",
    "水库闸坝安全运行",
    "不动产权籍调查登簿",
    "测绘成果保管利用",
    "图书借阅和全民阅读活动",
    "群众文化辅导演出",
    "文物征集修复陈列",
    "广播电视节目制作播出",
    "职业技能鉴定和就业介绍",
    "社会保险登记核算",
    "退休人员社会化服务",
    "特困老人供养照护",
    "残疾人康复训练",
    "婚姻殡葬事务",
    "公证事项受理出证",
    "环境空气和地表水监测",
    "食品药品抽样检验",
    "计量器具检定",
    "档案接收整理利用",
    "机关后勤保障和车辆调度",
    "政务窗口受理代办",
    "体育后备人才选拔训练",
    "无偿献血采集供应",
];

/// A steady number of what a unit is by its name: the numerals and the place do not count.
fn kind_of(world: &World, unit: u32) -> usize {
    let numerals = "一二三四五六七八九十第";
    let letters: Vec<char> =
        world.units[unit as usize].name(i32::MIN).chars().filter(|c| !numerals.contains(*c)).collect();
    letters.iter().rev().take(4).fold(7_usize, |n, c| n.wrapping_mul(31).wrapping_add(*c as usize))
}

fn matters(kind: usize) -> Vec<&'static str> {
    (0..4).map(|n| MATTERS[(kind / 5 + n * (1 + 2 * (kind % 5))) % MATTERS.len()]).collect()
}

/// The duties that the establishment register has.
#[must_use]
pub fn duties(world: &World, unit: u32) -> String {
    format!(
        "贯彻落实有关法律法规和政策;{}工作;完成主管部门交办的其他任务。",
        matters(kind_of(world, unit)).join("工作;")
    )
}

/// The purpose as registered: the same matters in other words, unless the office says otherwise.
#[must_use]
pub fn purpose(world: &World, unit: u32, month: super::Month) -> String {
    let own = kind_of(world, unit);
    let office = world.office.get(&unit);
    let other = office.and_then(|o| o.purpose_of).filter(|span: &Span| span.holds(month));
    let mut listed = matters(own);
    if other.is_some() {
        listed =
            (1..).map(|n| matters(own + n * 37)).find(|m| m.iter().all(|x| !listed.contains(x))).unwrap_or_default();
    }
    listed.reverse();
    format!("为社会提供公益服务。业务范围:{}", listed.join("、"))
}

/// The day of the document of duties.
#[must_use]
pub fn duties_on(world: &World, unit: u32, as_of: Day) -> Day {
    let later = world.office.get(&unit).and_then(|o: &Office| o.duties_on).filter(|d| *d <= as_of);
    later.unwrap_or(world.units[unit as usize].established)
}
