use super::*;

fn job(number: u8, cost: u32) -> Job {
    let key = Key::new(format!("password {number}")).unwrap();
    Job::new(key, Cost::new(cost).unwrap(), Salt::new([number; 16]))
}

fn alone(number: u8, cost: u32) -> Digest {
    job(number, cost).digest()
}

/// Whether all free lanes are empty.
fn free_lanes_are_wiped<T>(lanes: &Lanes<T>) -> bool {
    lanes.lanes[lanes.len()..].iter().all(Lane::is_blank)
}

#[test]
fn a_job_joins_between_two_steps() {
    let mut lanes = Lanes::new(Width::FOUR);
    lanes.add(job(1, 5), 1).unwrap();
    assert!(lanes.step(10).is_empty());
    lanes.add(job(2, 4), 2).unwrap();
    assert!(lanes.step(10).is_empty());
    lanes.add(job(3, 4), 3).unwrap();
    // The second has 6 left, the first 12, the third 16.
    for (number, cost) in [(2, 4), (1, 5), (3, 4)] {
        assert_eq!(lanes.step(100), [(number, alone(number, cost))]);
        assert!(free_lanes_are_wiped(&lanes));
    }
    assert!(lanes.is_empty());
}

#[test]
fn a_step_is_no_longer_than_asked_for() {
    let mut lanes = Lanes::new(Width::ONE);
    lanes.add(job(1, 4), ()).unwrap();
    assert!(lanes.step(0).is_empty());
    assert!(lanes.step(15).is_empty());
    assert_eq!(lanes.step(1).len(), 1);
    assert!(lanes.step(1).is_empty());
}

#[test]
fn those_that_end_together_are_returned_together() {
    let mut lanes = Lanes::new(Width::MAX);
    for number in 0..8 {
        lanes.add(job(number, 4), number).unwrap();
    }
    let mut finished = lanes.step(u32::MAX);
    finished.sort_unstable_by_key(|(number, _)| *number);
    let expected: Vec<_> = (0..8).map(|number| (number, alone(number, 4))).collect();
    assert_eq!(finished, expected);
    assert!(free_lanes_are_wiped(&lanes));
}

#[test]
fn a_full_house_gives_back_what_it_was_given() {
    let mut lanes = Lanes::new(Width::new(2).unwrap());
    lanes.add(job(1, 4), 1).unwrap();
    assert!(lanes.has_room());
    lanes.add(job(2, 4), 2).unwrap();
    assert!(!lanes.has_room());
    let Full(refused, tag) = lanes.add(job(3, 4), 3).unwrap_err();
    assert_eq!((refused.digest(), tag), (alone(3, 4), 3));
    assert_eq!(lanes.len(), 2);
}

#[test]
fn an_abandoned_job_is_wiped_and_the_others_go_on() {
    for abandoned in 0..4 {
        let mut lanes = Lanes::new(Width::FOUR);
        for number in 0..4 {
            lanes.add(job(number, 4), number).unwrap();
        }
        assert!(lanes.step(9).is_empty());
        lanes.retain(|number| *number != abandoned);
        assert!(free_lanes_are_wiped(&lanes), "{abandoned}");
        let mut finished = lanes.step(7);
        finished.sort_unstable_by_key(|(number, _)| *number);
        let others = (0..4).filter(|number| *number != abandoned);
        assert_eq!(finished, others.map(|number| (number, alone(number, 4))).collect::<Vec<_>>());
    }
}

#[test]
fn all_can_be_abandoned() {
    let mut lanes = Lanes::new(Width::FOUR);
    for number in 0..4 {
        lanes.add(job(number, 4), number).unwrap();
    }
    lanes.retain(|_| false);
    assert!(lanes.is_empty() && free_lanes_are_wiped(&lanes));
    assert!(lanes.step(100).is_empty());
}

#[test]
fn a_batch_is_answered_in_its_order() {
    let costs = [6, 4, 5, 4, 4, 7, 5, 4, 6, 4, 4];
    let expected: Vec<Digest> = (0..).zip(costs).map(|(number, cost)| alone(number, cost)).collect();
    for width in (1..=8).filter_map(Width::new) {
        let jobs = (0..).zip(costs).map(|(number, cost)| job(number, cost));
        assert_eq!(digests(width, jobs), expected, "{width:?}");
    }
    assert!(digests(Width::FOUR, []).is_empty());
}

#[test]
fn a_width_is_one_to_eight() {
    assert_eq!(Width::new(0), None);
    assert_eq!(Width::new(9), None);
    assert_eq!((1..=8).filter_map(Width::new).map(Width::get).collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6, 7, 8]);
}

#[test]
fn nothing_secret_is_shown() {
    let mut lanes = Lanes::new(Width::FOUR);
    lanes.add(job(1, 4), ()).unwrap();
    assert_eq!(format!("{lanes:?}"), "Lanes { width: 4, running: 1, .. }");
    assert_eq!(format!("{:?}", job(1, 4)), "Job { cost: Cost(4), .. }");
}
