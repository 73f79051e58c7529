use super::*;
use proptest::prelude::*;

const VECTORS: [&str; 3] = ["11010519491231002X", "440524188001010014", "53010219200508011X"];

fn sound() -> impl Strategy<Value = String> {
    let provinces = prop::sample::select(vec!["110105", "410902", "350703", "820000", "911100", "650102"]);
    (provinces, 1880_i32..=2100, 1_u32..=12, 1_u32..=28, 0_u32..1000).prop_map(|(region, y, m, d, seq)| {
        let body = format!("{region}{y:04}{m:02}{d:02}{seq:03}");
        let check = check_character(body.as_bytes()).unwrap();
        format!("{body}{}", check as char)
    })
}

#[test]
fn published_vectors() {
    for v in VECTORS {
        assert_eq!(read(v).state(), "valid", "{v}");
    }
    let up = read("130503670401001");
    assert_eq!((up.state(), up.text()), ("upgraded_15", "130503196704010016"));
    let id = ResidentId::parse(VECTORS[0]).unwrap();
    assert_eq!(id.sex(), Sex::Female);
    assert_eq!(id.birth_day(), PartialDate::day(1949, 12, 31).unwrap().first_day);
    assert_eq!(id.region(), "110105");
    assert_eq!(read("110105900101997").text().get(6..10), Some("1890"));
}

#[test]
fn damage_of_every_kind_is_named() {
    for (cell, state) in [
        ("11010519491231002x", "valid"),
        ("'110105 1949 1231 002Ｘ\u{a0}", "valid"),
        ("１１０１０５１９４９１２３１００２Ｘ", "valid"),
        ("11010519491231002×", "valid"),
        ("11O10519491231002X", "valid"),
        ("110105194912310021", "bad_check_digit"),
        ("110105194913310020", "bad_date"),
        ("110105187912310020", "bad_date"),
        ("990105194912310029", "bad_check_digit"),
        ("4.10922E+17", "precision_lost"),
        ("410922198001011000", "precision_lost"),
        ("410922198001011216.0", "precision_lost"),
        ("130503670401001.0", "upgraded_15"),
        ("110105********002X", "masked"),
        ("110105XXXXXXXX002X", "masked"),
        ("E12345678", "other_document"),
        ("军字第1234567号", "other_document"),
        ("11010519491231002", "malformed"),
        ("1101051949123100222", "malformed"),
        ("11010519491231A02X", "malformed"),
        ("111111111111111111", "malformed"),
        ("合计", "malformed"),
        ("", "missing"),
        (" - ", "missing"),
        ("无", "missing"),
    ] {
        assert_eq!(read(cell).state(), state, "{cell}");
    }
    assert_eq!(read("110105********002X").text(), read("110105XXXXXXXX002X").text());
}

#[test]
fn provinces_that_never_were() {
    for province in ["00", "16", "29", "38", "47", "55", "66", "70", "72", "80", "84"] {
        let body = format!("{province}0105194912310 02").replace(' ', "");
        let check = check_character(body.as_bytes()).unwrap() as char;
        assert_eq!(read(&format!("{body}{check}")).state(), "bad_region", "{province}");
    }
}

#[test]
fn no_error_of_one_character_and_no_swap_of_neighbours_passes() {
    for v in VECTORS {
        let sound = read(v);
        for at in 0..18 {
            for new in b"0123456789X" {
                let mut typed = v.as_bytes().to_vec();
                if typed[at] == *new {
                    continue;
                }
                typed[at] = *new;
                let typed = read(std::str::from_utf8(&typed).unwrap());
                assert_eq!(typed.valid(), None, "{typed:?}");
                if typed.state() != "precision_lost" {
                    assert_eq!(compare(&sound, &typed), IdAgreement::TypoOne, "{typed:?}");
                }
            }
        }
        for at in 0..17 {
            let mut typed = v.as_bytes().to_vec();
            typed.swap(at, at + 1);
            if typed != v.as_bytes() {
                let typed = read(std::str::from_utf8(&typed).unwrap());
                assert_eq!(compare(&typed, &sound), IdAgreement::TypoSwap, "{typed:?}");
            }
        }
    }
}

#[test]
fn two_readings_compared() {
    let of = |a: &str, b: &str| compare(&read(a), &read(b));
    let id = VECTORS[0];
    assert_eq!(of(id, "11010519491231002x"), IdAgreement::Same);
    assert_eq!(of("130503670401001", "130503196704010016"), IdAgreement::Same);
    assert_eq!(of(id, VECTORS[2]), IdAgreement::TwoValidDiffer);
    assert_eq!(of(id, "1101051949123102X"), IdAgreement::TypoOne);
    assert_eq!(of(id, "110105519491231002X"), IdAgreement::TypoOne);
    assert_eq!(of(id, "110105194912310000"), IdAgreement::PrecisionLostAgrees);
    assert_eq!(of(id, "1.10105194912310E+17"), IdAgreement::PrecisionLostAgrees);
    assert_eq!(of(id, "1.10105E+17"), IdAgreement::Unknown);
    assert_eq!(of(id, "1.10106E+17"), IdAgreement::Unknown);
    assert_eq!(of(id, "4.10922E+17"), IdAgreement::Differ);
    assert_eq!(of(id, "110105********002X"), IdAgreement::MaskedAgrees);
    assert_eq!(of(id, "110105****002X"), IdAgreement::MaskedAgrees);
    assert_eq!(of(id, "110105********0021"), IdAgreement::Differ);
    assert_eq!(of(id, ""), IdAgreement::Unknown);
    assert_eq!(of(id, "E12345678"), IdAgreement::Unknown);
    assert_eq!(of("110105194912310021", "110105194912310021"), IdAgreement::SameInvalid);
    assert_eq!(of("110105194912310021", "110105194912310023"), IdAgreement::NearInvalid);
}

#[test]
fn it_prints_masked() {
    let id = ResidentId::parse(VECTORS[0]).unwrap();
    assert_eq!(id.to_string(), "110105********002X");
    assert_eq!(format!("{id:?}"), "ResidentId(110105********002X)");
    assert_eq!(mask("E12345678"), "E*******8");
    assert_eq!(mask("12"), "**");
}

proptest! {
    #[test]
    fn sound_numbers_read_as_they_are(text in sound()) {
        let reading = read(&text);
        prop_assert_eq!(reading.state(), "valid");
        prop_assert_eq!(reading.text(), &text);
        prop_assert!(!reading.valid().unwrap().to_string().contains(&text[6..14]));
    }
    #[test]
    fn one_wrong_character_is_seen_as_a_typing_error(text in sound(), at in 0_usize..18, new in 0_u8..10) {
        let mut typed = text.clone().into_bytes();
        prop_assume!(typed[at] != b'0' + new);
        typed[at] = b'0' + new;
        let typed = read(std::str::from_utf8(&typed).unwrap());
        prop_assert!(typed.valid().is_none());
        let level = compare(&read(&text), &typed);
        prop_assert!(matches!(level, IdAgreement::TypoOne | IdAgreement::PrecisionLostAgrees | IdAgreement::Differ));
        if !matches!(typed, IdReading::PrecisionLost(_)) {
            prop_assert_eq!(level, IdAgreement::TypoOne);
        }
    }
    #[test]
    fn compare_is_symmetric(a in cell(), b in cell()) {
        let (a, b) = (read(&a), read(&b));
        prop_assert_eq!(compare(&a, &b), compare(&b, &a));
    }
    #[test]
    fn reading_is_idempotent(a in cell()) {
        let once = read(&a);
        let twice = read(once.text());
        if once.valid().is_some() {
            prop_assert_eq!(once.valid(), twice.valid());
        }
    }
    #[test]
    fn any_text_is_an_answer_and_masks_hide_the_middle(text in "\\PC{0,40}") {
        let _ = read(&text);
        let masked = mask(&text);
        prop_assert_eq!(masked.chars().count(), text.chars().count());
        let hidden = text.chars().count().saturating_sub(10);
        prop_assert!(masked.chars().filter(|c| *c == '*').count() >= hidden);
    }
}

fn cell() -> impl Strategy<Value = String> {
    prop_oneof![
        sound(),
        "[0-9]{14,19}[Xx]?",
        "[0-9*]{8,18}",
        "[0-9]\\.[0-9]{2,17}E\\+17",
        "[A-Z][0-9]{8}",
        "\\PC{0,20}",
        Just(String::new())
    ]
}

proptest! {
    /// Every digit of the packed number comes back, and the check character with it.
    #[test]
    fn a_number_comes_back_from_its_packed_form(digits in "[1-9][0-9]{16}") {
        let id = ResidentId::of_sound_number(digits.parse().expect("a number"));
        let check = check_character(digits.as_bytes()).expect("digits");
        prop_assert_eq!(id.reveal(), format!("{digits}{}", char::from(check)));
    }
}
