//! Families of weaknesses: which CWE numbers name the same thing for people and tools that count; plain data.

/// Weaknesses that analyzers report, grouped: members of one family count as the same.
const FAMILIES: &[&[u16]] = &[
    &[20, 1284, 1287],
    &[22, 23, 36, 73, 99, 59],
    &[77, 78, 88],
    &[79, 80, 116],
    &[89, 564],
    &[90],
    &[91, 643],
    &[93, 113],
    &[94, 95, 96, 1336, 1427],
    &[117],
    &[119, 120, 121, 122, 125, 126, 127, 131, 193, 242, 676, 787, 788, 805, 806],
    &[134],
    &[185, 730, 1333, 400, 625, 20],
    &[190, 191, 197, 680, 681, 192, 195],
    &[200, 201, 209, 215, 489, 497, 538, 548],
    &[252, 253, 391, 390, 703, 754, 755],
    &[203, 208, 385],
    &[259, 321, 798, 547, 312, 522, 256],
    &[250, 269, 271, 273],
    &[276, 732, 266, 552],
    &[285, 287, 306, 639, 862, 863, 290, 303, 304],
    &[295, 297, 298, 299, 599, 322],
    &[311, 312, 319, 532, 313, 315, 359, 523],
    &[326, 327, 328, 780, 759, 760, 916, 1240, 310, 325, 757],
    &[323, 329, 1204, 330, 331, 335, 336, 337, 338, 340, 1241, 344, 760],
    &[345, 347, 353, 354, 494, 829, 830],
    &[352],
    &[367, 362, 363, 366],
    &[377, 378, 379],
    &[384, 613, 539],
    &[400, 409, 730, 770, 789, 834, 835, 674, 1050],
    &[401, 404, 772, 775, 459],
    &[415, 416, 825, 672, 562, 590, 761, 763, 762],
    &[434],
    &[470, 915, 1321, 471, 913],
    &[476, 690],
    &[501],
    &[502],
    &[521, 522, 256, 257, 261],
    &[601],
    &[605],
    &[611, 776, 827],
    &[614, 1004, 1275],
    &[457, 908, 665, 456],
    &[918, 441, 1385],
    &[942, 346, 940, 923, 668],
    &[943],
    &[284, 668, 732, 1327],
    &[829, 1357],
    &[1188, 1392, 1393],
    &[1022],
    &[467, 468, 469, 131, 783],
    &[369, 682],
    &[758, 704, 843, 686, 628, 685],
];

/// Whether two weaknesses are of one family.
pub fn related(left: u16, right: u16) -> bool {
    left == right || FAMILIES.iter().any(|family| family.contains(&left) && family.contains(&right))
}

/// Whether a weakness is of a family that is looked for at all.
pub fn in_scope(cwe: u16) -> bool {
    FAMILIES.iter().any(|family| family.contains(&cwe))
}

/// A single weakness as the list that findings carry.
pub fn list(cwe: u16) -> &'static [u16] {
    let known = FAMILIES.iter().flat_map(|family| family.iter()).find(|known| **known == cwe);
    known.map_or(&[], std::slice::from_ref)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_are_symmetric_and_lists_hold_their_number() {
        assert!(related(22, 73) && related(73, 22) && related(89, 89) && !related(89, 79));
        assert_eq!(list(89), [89]);
        assert_eq!(list(65_000), [0_u16; 0]);
        assert!(in_scope(502) && !in_scope(65_000));
        for family in FAMILIES {
            let mut sorted = family.to_vec();
            sorted.sort_unstable();
            sorted.dedup();
            assert_eq!(sorted.len(), family.len(), "{family:?}");
        }
    }
}
