package report

import (
	"context"
	"fmt"
	"slices"
	"time"

	"turncoat"
	"turncoat/judge"
	"turncoat/stats"
)

// Confidence is the confidence level of every interval.
const Confidence = 0.95

// DefaultTranscripts is how many transcripts an HTML report holds if nothing
// else is said. A transcript takes about 5 KB.
const DefaultTranscripts = 400

// Options say what a report needs beside the store.
type Options struct {
	Program     string                                    // Turncoat's version
	Command     string                                    // how the user calls the program
	Price       func(model string) (turncoat.Price, bool) // the built-in prices
	Transcripts int                                       // to embed in HTML at the most; 0: DefaultTranscripts
}

// Report is a study's results as one judge sees them. Its fields are the JSON
// format; docs/report.md describes them.
type Report struct {
	Study     turncoat.Study `json:"study" jsonschema:"the design, as planned"`
	Planned   time.Time      `json:"planned" jsonschema:"when the current plan was made"`
	Program   string         `json:"program" jsonschema:"Turncoat's version"`
	Judge     string         `json:"judge" jsonschema:"whose verdicts these are"`
	Rubrics   []string       `json:"rubrics" jsonschema:"versions of the rubrics that the verdicts name"`
	Scenarios []string       `json:"scenarios" jsonschema:"scenarios with their versions"`
	StandIns  bool           `json:"stand_ins" jsonschema:"whether a stand-in took part; stand-ins are not models"`
	Totals    Totals         `json:"totals"`
	Cost      float64        `json:"cost" jsonschema:"US dollars for all calls of the planned trials and their judgements, as far as prices are known"`
	Unpriced  []string       `json:"unpriced,omitempty" jsonschema:"models whose price is not known and whose calls the cost leaves out"`
	Cells     []Cell         `json:"cells"`
	Contrasts []Contrast     `json:"contrasts"`

	options Options
}

// Totals count trials.
type Totals struct {
	Planned  int `json:"planned"`
	Harmful  int `json:"harmful"`
	Benign   int `json:"benign"`
	Invalid  int `json:"invalid" jsonschema:"the model took no part: its provider blocked it, or its reply was cut off or could not be read"`
	Errors   int `json:"errors" jsonschema:"the trial failed and has no outcome"`
	Unjudged int `json:"unjudged" jsonschema:"the trial finished and has no verdict of this judge"`
	NotRun   int `json:"not_run" jsonschema:"planned and not started, or interrupted"`
}

// Cell is one model in one condition.
type Cell struct {
	Scenario  string             `json:"scenario"`
	Version   string             `json:"version" jsonschema:"of the scenario"`
	Interface turncoat.Interface `json:"interface"`
	Model     string             `json:"model"`
	Condition turncoat.Condition `json:"condition" jsonschema:"the level of each factor"`
	Worlds    int                `json:"worlds" jsonschema:"how many world seeds the trials are spread over"`
	Totals                       // what became of the trials
	Rate      *float64           `json:"rate" jsonschema:"harmful / (harmful + benign); null without such trials, or while any finished trial has no verdict"`
	Interval  *Interval          `json:"interval" jsonschema:"of the rate; null where the rate is"`
	Complete  bool               `json:"complete" jsonschema:"whether every planned trial has a verdict"`
	Judge     string             `json:"judge"`
	Flagged   int                `json:"flagged" jsonschema:"verdicts that a person should look at"`
	StandIn   bool               `json:"stand_in"`
	Returned  []string           `json:"returned_models" jsonschema:"the model's names as its provider returned them"`
	Usage     turncoat.Usage     `json:"usage" jsonschema:"tokens of the trials"`
	Problems  []Problem          `json:"problems,omitempty" jsonschema:"why trials failed, were invalid, or have no verdict"`
	trials    []trialRow
	seeds     map[uint64]bool
}

// Interval is a confidence interval with what it is.
type Interval struct {
	Low        float64 `json:"low"`
	High       float64 `json:"high"`
	Confidence float64 `json:"confidence"`
	Method     string  `json:"method"`
}

// Problem is a reason, and how many trials it kept from having an outcome.
type Problem struct {
	What  string `json:"what" jsonschema:"error, invalid or unjudged"`
	Why   string `json:"why"`
	Count int    `json:"count"`
}

// Contrast is the difference that one factor makes for a model.
type Contrast struct {
	Scenario   string             `json:"scenario"`
	Interface  turncoat.Interface `json:"interface"`
	Model      string             `json:"model"`
	Condition  turncoat.Condition `json:"condition" jsonschema:"the factors that both sides share"`
	Factor     string             `json:"factor"`
	From       string             `json:"from"`
	To         string             `json:"to"`
	Difference float64            `json:"difference" jsonschema:"rate at to minus rate at from"`
	Interval   Interval           `json:"interval" jsonschema:"not corrected for the number of contrasts"`
}

// trialRow is what the lists of trials behind a number show.
type trialRow struct {
	id      turncoat.TrialID
	outcome string // an outcome, or error, unjudged, not run
	flagged bool
}

// What became of a trial that has no outcome.
const (
	outcomeError    = "error"
	outcomeUnjudged = "unjudged"
	outcomeNotRun   = "not run"
)

// Build reads the records of a study's current plan and counts them.
func Build(ctx context.Context, store turncoat.Store, study, judgeName string, o Options) (*Report, error) {
	planned, err := store.Study(ctx, study)
	if err != nil {
		return nil, fmt.Errorf("report: study %s: %w", study, err)
	}
	if o.Transcripts == 0 {
		o.Transcripts = DefaultTranscripts
	}
	r := &Report{
		Study: planned.Study, Planned: planned.Planned, Program: o.Program, Judge: judgeName,
		Rubrics: []string{}, Scenarios: []string{}, Cells: []Cell{}, Contrasts: []Contrast{}, options: o,
	}
	cells := map[string]int{}
	for record, err := range store.Records(ctx, study, judgeName) {
		if err != nil {
			return nil, fmt.Errorf("report: study %s: %w", study, err)
		}
		r.count(r.cellOf(record.Trial, cells), record)
	}
	for i := range r.Cells {
		r.Cells[i].finish()
		r.Totals.add(r.Cells[i].Totals)
	}
	r.contrast()
	return r, nil
}

// cellOf returns the trial's cell, which is made when its first trial comes.
func (r *Report) cellOf(t turncoat.Trial, cells map[string]int) *Cell {
	key := fmt.Sprint(t.World.Scenario, "\x00", t.World.Version, "\x00", t.Interface, "\x00", t.Model, "\x00", t.World.Condition)
	i, ok := cells[key]
	if !ok {
		i = len(r.Cells)
		cells[key] = i
		r.Cells = append(r.Cells, Cell{
			Scenario: t.World.Scenario, Version: t.World.Version, Interface: t.Interface, Model: t.Model,
			Condition: t.World.Condition, Judge: r.Judge, StandIn: turncoat.IsStandIn(t.Model),
			Returned: []string{}, seeds: map[uint64]bool{},
		})
		addOnce(&r.Scenarios, t.World.Scenario+" "+t.World.Version)
	}
	return &r.Cells[i]
}

// count adds one trial to its cell.
func (r *Report) count(c *Cell, record turncoat.Record) {
	c.Planned++
	c.seeds[record.Trial.World.Seed] = true
	c.StandIn = c.StandIn || record.StandIn
	r.StandIns = r.StandIns || c.StandIn
	if record.ReturnedModel != "" {
		addOnce(&c.Returned, record.ReturnedModel)
	}
	c.Usage = c.Usage.Add(record.Usage)
	r.charge(turncoat.Billed(record.Trial.Model, record.ReturnedModel), record.Usage)
	row := trialRow{id: record.ID, outcome: c.outcome(record)}
	if j := record.Judgement; j != nil && j.Verdict != nil {
		if j.Verdict.Rubric != "" {
			addOnce(&r.Rubrics, j.Verdict.Rubric)
		}
		if len(j.Verdict.Flags) > 0 {
			row.flagged = true
			c.Flagged++
		}
		if j.Verdict.Model != "" {
			r.charge(turncoat.Billed(judge.ModelOf(r.Judge), j.Verdict.Model), j.Verdict.Usage)
		}
	}
	c.trials = append(c.trials, row)
}

// outcome counts what became of a trial, and says it in a word.
func (c *Cell) outcome(record turncoat.Record) string {
	switch record.Status {
	case turncoat.StatusFailed:
		c.Errors++
		why := "no reason was recorded"
		if record.Failure != nil {
			why = record.Failure.Stage + ": " + record.Failure.Message
		}
		c.problem(outcomeError, why)
		return outcomeError
	case turncoat.StatusFinished:
	case turncoat.StatusPlanned:
		c.NotRun++
		return outcomeNotRun
	}
	if record.Judgement == nil || record.Judgement.Verdict == nil {
		c.Unjudged++
		why := "the judge has not been asked"
		if record.Judgement != nil && record.Judgement.Failure != nil {
			why = record.Judgement.Failure.Message
		}
		c.problem(outcomeUnjudged, why)
		return outcomeUnjudged
	}
	switch verdict := record.Judgement.Verdict; verdict.Outcome {
	case turncoat.OutcomeHarmful:
		c.Harmful++
	case turncoat.OutcomeBenign:
		c.Benign++
	case turncoat.OutcomeInvalid:
		c.Invalid++
		c.problem(string(turncoat.OutcomeInvalid), verdict.Rationale)
	default:
		c.Unjudged++
		c.problem(outcomeUnjudged, fmt.Sprintf("the verdict has an outcome %q that does not exist", verdict.Outcome))
		return outcomeUnjudged
	}
	return string(record.Judgement.Verdict.Outcome)
}

// maxProblems bounds the different reasons that a cell lists.
const maxProblems = 20

func (c *Cell) problem(what, why string) {
	for i, p := range c.Problems {
		if p.What == what && (p.Why == why || i == maxProblems-1) {
			c.Problems[i].Count++
			return
		}
	}
	c.Problems = append(c.Problems, Problem{what, why, 1})
}

// finish works out the rate once every trial is counted.
func (c *Cell) finish() {
	c.Worlds = len(c.seeds)
	c.Complete = c.Errors+c.Unjudged+c.NotRun == 0
	n := c.N()
	if n == 0 || c.Unjudged > 0 {
		return
	}
	rate, wilson := float64(c.Harmful)/float64(n), stats.Wilson(c.Harmful, n, Confidence)
	c.Rate = &rate
	c.Interval = &Interval{wilson.Low, wilson.High, Confidence, "Wilson"}
}

// N returns how many trials the rate rests on.
func (t Totals) N() int { return t.Harmful + t.Benign }

func (t *Totals) add(u Totals) {
	t.Planned += u.Planned
	t.Harmful += u.Harmful
	t.Benign += u.Benign
	t.Invalid += u.Invalid
	t.Errors += u.Errors
	t.Unjudged += u.Unjudged
	t.NotRun += u.NotRun
}

// charge adds what a usage cost.
func (r *Report) charge(model string, u turncoat.Usage) {
	if u == (turncoat.Usage{}) {
		return
	}
	price, ok := r.Study.Prices[model]
	if !ok && r.options.Price != nil {
		price, ok = r.options.Price(model)
	}
	if !ok {
		addOnce(&r.Unpriced, model)
		return
	}
	r.Cost += price.Cost(u)
}

// contrast compares the cells of a model that differ in exactly one factor.
func (r *Report) contrast() {
	for i := range r.Cells {
		for j := range r.Cells {
			a, b := &r.Cells[i], &r.Cells[j]
			if i >= j || a.Rate == nil || b.Rate == nil || a.Scenario != b.Scenario || a.Version != b.Version ||
				a.Interface != b.Interface || a.Model != b.Model {
				continue
			}
			if factor, one := differ(a.Condition, b.Condition); one {
				r.Contrasts = append(r.Contrasts, newContrast(a, b, factor))
			}
		}
	}
}

func newContrast(a, b *Cell, factor string) Contrast {
	shared := a.Condition.With(factor, "")
	delete(shared, factor)
	d := stats.Difference(b.Harmful, b.N(), a.Harmful, a.N(), Confidence)
	return Contrast{
		Scenario: a.Scenario, Interface: a.Interface, Model: a.Model, Condition: shared, Factor: factor,
		From: a.Condition[factor], To: b.Condition[factor],
		Difference: *b.Rate - *a.Rate,
		Interval:   Interval{d.Low, d.High, Confidence, "Newcombe hybrid score"},
	}
}

// differ returns the factor in which two conditions differ, if it is just one.
func differ(a, b turncoat.Condition) (factor string, one bool) {
	count := 0
	for _, f := range a.Factors() {
		if a[f] != b[f] {
			factor = f
			count++
		}
	}
	return factor, count == 1
}

// Complete reports whether every planned trial has a verdict.
func (r *Report) Complete() bool {
	return r.Totals.Errors+r.Totals.Unjudged+r.Totals.NotRun == 0
}

// Example returns a trial whose transcript is worth a look: a harmful one if
// there is any, and none if nothing has been run.
func (r *Report) Example() turncoat.TrialID {
	var example turncoat.TrialID
	for _, c := range r.Cells {
		for _, t := range c.trials {
			switch {
			case t.outcome == string(turncoat.OutcomeHarmful):
				return t.id
			case t.outcome != outcomeNotRun && example == "":
				example = t.id
			}
		}
	}
	return example
}

// varying returns the factors in which the cells differ.
func (r *Report) varying() []string {
	var conditions []turncoat.Condition
	for _, c := range r.Cells {
		conditions = append(conditions, c.Condition)
	}
	return turncoat.Varying(conditions)
}

func addOnce(list *[]string, value string) {
	if !slices.Contains(*list, value) {
		*list = append(*list, value)
	}
}
