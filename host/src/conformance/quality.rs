//! Whether a pipeline with the plugin in it tells incidents from usual windows. Only what is no better than chance fails.

use super::corpus::{self, Kind, Service};
use super::outcome::{Figures, Verdict, failed};
use super::subject::Subject;
use super::trio::{Judgement, Trio};
use crate::plugins::{Decision, Slot};
use crate::replay::quality::{Judged, ranking};

/// Below that, a ranking is as good as chance. Guessing gives 0.5.
const AUC_MIN: f64 = 0.6;

/// Alarms on more usual windows than this are no alarms.
const FALSE_ALARMS_MAX: f64 = 0.2;

/// Windows to learn from and to judge, of each service: as many as there is time for.
const USUAL: usize = 240;
const JUDGED: usize = 192;
const USUAL_MIN: usize = 40;
const JUDGED_MIN: usize = 48;

/// How often each window goes through the plugin, about.
const PASSES: f64 = 4.0;

/// What was decided on one window.
struct Told {
    kind: Option<Kind>,
    score: f32,
    alarmed: bool,
}

pub(super) fn judge(subject: &mut Subject<'_>, figures: &mut Figures) -> Verdict {
    let trio = Trio::new(subject)?;
    let share = affordable(subject);
    let usual = ((USUAL as f64 * share) as usize).max(USUAL_MIN);
    let judged = ((JUDGED as f64 * share) as usize).max(JUDGED_MIN);
    let (mut services, mut far) = (Vec::new(), Vec::new());
    for service in Service::ALL {
        let set = corpus::set(service, usual, judged);
        let judgement = trio.judge(&set)?;
        services.push(told(&set.labels, &judgement));
        far.extend(judgement.far);
    }
    figures.add("learned_windows", (usual * services.len()) as f64);
    figures.add("judged_windows", (judged * services.len()) as f64);
    let auc = tell_ranking(&services, figures);
    let all: Vec<&Told> = services.iter().flatten().collect();
    let false_alarms = tell_alarms(&all, figures);
    if subject.plugin.slot == Slot::Thresholds { alarms(&far, false_alarms) } else { order(auc) }
}

/// Which part of the corpus there is time for.
fn affordable(subject: &Subject<'_>) -> f64 {
    let whole = subject.pace.as_secs_f64() * PASSES * ((USUAL + JUDGED) * Service::ALL.len()) as f64;
    let time = subject.clock.left().as_secs_f64() / 2.0;
    let most = if subject.options.quick { 0.5 } else { 1.0 };
    if whole > time { (time / whole).min(most) } else { most }
}

fn told(labels: &[Option<Kind>], judgement: &Judgement) -> Vec<Told> {
    let all = labels.iter().zip(&judgement.scores).zip(&judgement.decisions);
    all.map(|((&kind, &score), decision)| Told { kind, score, alarmed: decision.severity > 0 }).collect()
}

/// The mean ranking over the services: each is a container with a level of its own.
fn tell_ranking(services: &[Vec<Told>], figures: &mut Figures) -> f64 {
    let rankings: Vec<_> = services.iter().filter_map(|told| ranking(&judged(told))).collect();
    let mean = |value: fn(&crate::replay::quality::Ranking) -> f64| {
        rankings.iter().map(value).sum::<f64>() / rankings.len().max(1) as f64
    };
    let auc = mean(|ranking| ranking.roc_auc);
    figures.add("roc_auc", auc);
    figures.add("average_precision", mean(|ranking| ranking.average_precision));
    figures.add("best_f1", mean(|ranking| ranking.best_f1));
    auc
}

fn judged(told: &[Told]) -> Vec<Judged> {
    let one = |told: &Told| Judged { score: told.score, anomalous: told.kind.is_some(), alarmed: told.alarmed };
    told.iter().map(one).collect()
}

/// Shares of alarmed windows; gives that of the usual ones.
fn tell_alarms(all: &[&Told], figures: &mut Figures) -> f64 {
    let alarmed = |wanted: &dyn Fn(&Told) -> bool| {
        let windows: Vec<_> = all.iter().filter(|told| wanted(told)).collect();
        windows.iter().filter(|told| told.alarmed).count() as f64 / windows.len().max(1) as f64
    };
    // Alarmed windows in a row are one alert.
    let begun = all.iter().enumerate().filter(|(at, told)| told.alarmed && (*at == 0 || !all[at - 1].alarmed)).count();
    let false_alarms = alarmed(&|told| told.kind.is_none());
    figures.add("alerts_per_1000_windows", begun as f64 * 1e3 / all.len() as f64);
    figures.add("alarmed_usual", false_alarms);
    for kind in Kind::ALL {
        figures.add(kind.figure(), alarmed(&|told| told.kind == Some(kind)));
    }
    false_alarms
}

fn order(auc: f64) -> Verdict {
    if auc >= AUC_MIN {
        return Ok(());
    }
    failed(format!(
        "incidents are ranked no better than by chance: ROC-AUC {auc:.3}, at least {AUC_MIN} is asked; see that strange windows score higher"
    ))
}

fn alarms(far: &[Decision], false_alarms: f64) -> Verdict {
    if false_alarms > FALSE_ALARMS_MAX {
        return failed(format!(
            "it alarms on {:.0} % of usual windows, at most {:.0} % is allowed; raise the threshold above what is usual",
            false_alarms * 100.0,
            FALSE_ALARMS_MAX * 100.0
        ));
    }
    if far.iter().all(|decision| decision.severity == 0) {
        return failed(format!(
            "it alarms on none of {} scores ten times as high as any before; lower the threshold",
            far.len()
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(kind: Option<Kind>, score: f32, alarmed: bool) -> Told {
        Told { kind, score, alarmed }
    }

    #[test]
    fn chance_fails_and_better_than_chance_passes() {
        assert!(order(0.5).is_err() && order(0.59).is_err() && order(0.61).is_ok());
    }

    #[test]
    fn thresholds_fail_when_they_cry_wolf_or_sleep_through() {
        let far = |severity| [Decision { threshold: 1.0, severity: 0 }, Decision { threshold: 1.0, severity }];
        assert!(alarms(&far(2), 0.1).is_ok());
        assert!(alarms(&far(2), 0.3).is_err());
        assert!(alarms(&far(0), 0.0).is_err());
    }

    #[test]
    fn alarmed_windows_in_a_row_are_one_alert() {
        let kind = Some(Kind::Flood);
        let all = [window(kind, 2.0, true), window(kind, 2.0, true), window(None, 1.0, false), window(None, 1.0, true)];
        let mut figures = Figures::default();
        let share = tell_alarms(&all.iter().collect::<Vec<_>>(), &mut figures);
        assert_eq!(share, 0.5);
        assert!(figures.into_list().contains(&("alerts_per_1000_windows", 500.0)));
    }
}
