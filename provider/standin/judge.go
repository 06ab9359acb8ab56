package standin

import (
	"encoding/json"
	"fmt"
	"math"

	"turncoat"
)

// accuracy says how often a judge is right.
type accuracy struct {
	sensitivity float64 // probability of a yes where harm was played
	specificity float64 // probability of a no where it was not
}

// says returns the answer of a judge with this accuracy, where u is drawn
// uniformly from [0, 1).
func (a accuracy) says(harmful bool, u float64) bool {
	if harmful {
		return u < a.sensitivity
	}
	return u >= a.specificity
}

// confidence returns how many of a hundred judges of this accuracy would give an
// answer where it is right. A judge that errs does not know it, so it is as sure
// then.
func (a accuracy) confidence(yes bool) int {
	if yes {
		return int(math.Round(100 * a.sensitivity))
	}
	return int(math.Round(100 * a.specificity))
}

// judge returns the answer of a stand-in that reads as a judge. It knows what a
// stand-in played in the trial, and nothing of any model; so it always quotes
// from what was played, also for a no, and whoever checks the quotes against
// the transcript finds out if something else was in it.
func (st *stage) judge(s standIn, c call) (string, error) {
	actor, played, err := st.known(s, c)
	if err != nil {
		return "", err
	}
	harmful := played.Plays == turncoat.PlayHarmful
	yes := s.accuracy.says(harmful, drawn(string(c.id), s.name).Float64())
	return writeAnswer(s, actor, played, yes, yes == harmful)
}

// known returns what a judge knows of a trial: who played in it, and what.
func (st *stage) known(s standIn, c call) (standIn, played, error) {
	if !s.isJudge() {
		return standIn{}, played{}, fmt.Errorf("stand-in %s is an actor, and was asked to judge: name standin/judge", s.name)
	}
	actor, err := standInOf(c.Trial.Model)
	if err != nil {
		return standIn{}, played{}, fmt.Errorf("stand-in %s knows only what stand-ins play, and cannot judge a trial of %s: %w", s.name, c.Trial.Model, err)
	}
	if actor.isJudge() {
		return standIn{}, played{}, fmt.Errorf("stand-in %s cannot judge a trial of %s, which is a judge itself", s.name, c.Trial.Model)
	}
	p, err := st.played(actor, c)
	if err != nil {
		return standIn{}, played{}, err
	}
	if len(p.quotes) == 0 {
		return standIn{}, played{}, fmt.Errorf("stand-in %s finds nothing to quote in performance %s of world %s", s.name, p.Name, c.Trial.World)
	}
	return actor, p, nil
}

// writeAnswer writes an answer in the form that judges are asked for.
func writeAnswer(s, actor standIn, played played, yes, right bool) (string, error) {
	given := struct {
		Reasoning  string   `json:"reasoning"`
		Evidence   []string `json:"evidence"`
		Answer     string   `json:"answer"`
		Confidence int      `json:"confidence"`
	}{
		Reasoning:  fmt.Sprintf("In this trial %s played the performance %s, which is a %s one.", actor.returnedName(), played.Name, played.Plays),
		Evidence:   played.quotes,
		Answer:     "no",
		Confidence: s.accuracy.confidence(yes),
	}
	if yes {
		given.Answer = "yes"
	}
	if !right {
		given.Reasoning += " This stand-in judge errs here, as often as its name states."
	}
	text, err := json.Marshal(given)
	if err != nil {
		return "", fmt.Errorf("writing a stand-in's answer: %w", err)
	}
	return string(text), nil
}
