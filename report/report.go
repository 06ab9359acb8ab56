package report

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"turncoat"
	"turncoat/calibration"
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

	// Exclusion returns the harm rate in a scenario's control conditions above
	// which a model is taken not to have understood it, or 0 if the scenario has
	// no such rule; IsControl says which conditions those are. Both may be nil.
	Exclusion func(scenario string) (float64, error)
	IsControl func(scenario string, c turncoat.Condition) bool

	Validation       *calibration.Validation // of the judge, on the labelled transcripts that come with Turncoat; nil: there is none
	OwnValidation    *calibration.Validation // of the judge, on those of the study's trials that people judged; nil: there is none
	FolderValidation *calibration.Validation // of the judge, on labelled transcripts of the user's own; nil: there is none
	OwnOutdated      bool                    // people have judged more of the study's trials, or otherwise, since OwnValidation, which is left out then

	Corrected bool // also give rates corrected for the judge's errors
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
	Gaps      []Gap          `json:"gaps" jsonschema:"contamination gaps: canonical world minus fresh worlds"`
	Published *Comparison    `json:"published,omitempty" jsonschema:"the rates beside published ones of the same models and conditions, where there are any"`

	Annotators []Annotator `json:"annotators,omitempty" jsonschema:"who says what else is in the transcripts"`

	Validation       *Validation `json:"validation" jsonschema:"how good the judge is on the labelled transcripts that come with Turncoat; null if that is not known"`
	OwnValidation    *Validation `json:"own_validation,omitempty" jsonschema:"how good it is on those of the study's trials that people have judged, where that was measured"`
	OwnOutdated      bool        `json:"own_outdated,omitempty" jsonschema:"whether that was measured, and left out because people have judged more of the trials, or otherwise, since"`
	FolderValidation *Validation `json:"folder_validation,omitempty" jsonschema:"how good it is on labelled transcripts of the user's own, where that was measured"`

	Consistency []Consistency `json:"consistency,omitempty" jsonschema:"how the verdicts compare with those of other judges of the same trials, where there are such"`

	Instead []Instead `json:"instead,omitempty" jsonschema:"other judges with verdicts of trials that this one has not judged"`

	Silent []Silent `json:"silent,omitempty" jsonschema:"members of a panel that failed where the others decided"`

	options   Options
	width     int      // of the terminal; 0: lines are as long as they are
	broken    int      // trials that were imported as failed, and cannot be run here
	unchecked []string // in plain words, the models that no control trials vouch for
}

// Totals count trials.
type Totals struct {
	Planned  int `json:"planned"`
	Harmful  int `json:"harmful"`
	Benign   int `json:"benign"`
	Invalid  int `json:"invalid" jsonschema:"the model took no part (its provider blocked it, or its reply was cut off or could not be read), or no harm was found, and its session was ended before it ended it or an action that it meant could not be carried out"`
	Errors   int `json:"errors" jsonschema:"the trial failed and has no outcome"`
	Unjudged int `json:"unjudged" jsonschema:"the trial finished and has no verdict of this judge"`
	NotRun   int `json:"not_run" jsonschema:"planned and not started, or interrupted"`
}

// Cell is one model in one condition, in the canonical world or in fresh ones.
type Cell struct {
	Scenario  string             `json:"scenario"`
	Version   string             `json:"version" jsonschema:"of the scenario"`
	Interface turncoat.Interface `json:"interface"`
	Model     string             `json:"model"`
	Condition turncoat.Condition `json:"condition" jsonschema:"the level of each factor"`
	Fresh     bool               `json:"fresh" jsonschema:"whether the trials are in fresh worlds, that nobody has read about, or in the canonical one"`
	Worlds    int                `json:"worlds" jsonschema:"how many worlds the trials are spread over"`
	Totals                       // what became of the trials
	Rate      *float64           `json:"rate" jsonschema:"harmful / (harmful + benign); null without such trials, or while any finished trial has no verdict"`
	Interval  *Interval          `json:"interval" jsonschema:"of the rate; null where the rate is"`
	Corrected *Correction        `json:"corrected,omitempty" jsonschema:"the rate corrected for the judge's errors, if that was asked for and can be done"`
	Spread    *Spread            `json:"spread,omitempty" jsonschema:"how the fresh worlds differ from each other"`
	Excluded  *Excluded          `json:"excluded,omitempty" jsonschema:"why the model has no rate in this scenario outside its control conditions"`
	Complete  bool               `json:"complete" jsonschema:"whether every planned trial has a verdict"`
	Judge     string             `json:"judge"`
	Labels    map[string]int     `json:"labels,omitempty" jsonschema:"benign trials that the scenario counts on their own, such as alerts cancelled by misunderstanding"`
	Flagged   int                `json:"flagged" jsonschema:"trials whose verdict a person should look at"`
	StandIn   bool               `json:"stand_in"`
	Returned  []string           `json:"returned_models" jsonschema:"the model's names as its provider returned them"`
	Usage     turncoat.Usage     `json:"usage" jsonschema:"tokens of the trials"`
	Problems  []Problem          `json:"problems,omitempty" jsonschema:"why trials failed, were invalid, or have no verdict"`

	Annotations []Annotations `json:"annotations,omitempty" jsonschema:"what each annotator found"`

	place  int // in Report.Cells
	trials []trialRow
	seeds  tally
}

// Spread is how the rates of single worlds differ.
type Spread struct {
	Low          float64 `json:"low" jsonschema:"the lowest rate of a world"`
	High         float64 `json:"high" jsonschema:"the highest rate of a world"`
	DesignEffect float64 `json:"design_effect,omitempty" jsonschema:"variance of the rate over what it would be if worlds did not matter; left out where it is not defined"`
}

// Excluded says that a model did harm where nothing moved it to, and is taken
// not to have understood the scenario.
type Excluded struct {
	Harmful int     `json:"harmful" jsonschema:"harmful trials in control conditions"`
	N       int     `json:"n" jsonschema:"harmful and benign trials in control conditions"`
	Above   float64 `json:"above" jsonschema:"the share above which a model is excluded"`
}

// Gap is how much more often a model does the harm in the canonical world, which
// it may have read about, than in fresh ones.
type Gap struct {
	Scenario   string             `json:"scenario"`
	Interface  turncoat.Interface `json:"interface"`
	Model      string             `json:"model"`
	Condition  turncoat.Condition `json:"condition"`
	Canonical  float64            `json:"canonical" jsonschema:"rate in the canonical world"`
	Fresh      float64            `json:"fresh" jsonschema:"rate over fresh worlds"`
	Difference float64            `json:"difference" jsonschema:"canonical minus fresh"`
	Interval   Interval           `json:"interval" jsonschema:"not corrected for the number of gaps"`
}

// Interval is a confidence interval with what it is.
type Interval struct {
	Low        float64 `json:"low"`
	High       float64 `json:"high"`
	Confidence float64 `json:"confidence"`
	Method     string  `json:"method"`
}

func (i Interval) bounds() stats.Interval { return stats.Interval{Low: i.Low, High: i.High} }

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
	Fresh      bool               `json:"fresh" jsonschema:"whether in fresh worlds"`
	Difference float64            `json:"difference" jsonschema:"rate at to minus rate at from"`
	Interval   Interval           `json:"interval" jsonschema:"not corrected for the number of contrasts"`
}

// trialRow is what the lists of trials behind a number show.
type trialRow struct {
	id      turncoat.TrialID
	outcome string // an outcome, or error, unjudged, not run
	shown   int    // the event with the verdict's first evidence
	flagged bool
	dispute []string // in words, who disagrees about it

	annotations []rowAnnotation // by annotator; none of a trial that has not finished
}

// What became of a trial that has no outcome.
const (
	outcomeError    = "error"
	outcomeUnjudged = "unjudged"
	outcomeNotRun   = "not run"
)

// noEvent is the event of what rests on none.
const noEvent = -1

// firstEvent returns the event that the first evidence lies in.
func firstEvent(evidence []turncoat.Evidence) int {
	if len(evidence) == 0 {
		return noEvent
	}
	return evidence[0].Source.Event
}

// outcomeUnannotated says of a trial that an annotation of it is missing.
const outcomeUnannotated = "unannotated"

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
		Rubrics: []string{}, Scenarios: []string{}, Cells: []Cell{}, Contrasts: []Contrast{}, Gaps: []Gap{}, options: o,
	}
	if err := r.findAnnotators(ctx, store); err != nil {
		return nil, fmt.Errorf("report: study %s: annotators: %w", study, err)
	}
	cells := map[string]int{}
	if err := r.findOthers(ctx, store); err != nil {
		return nil, fmt.Errorf("report: study %s: judges: %w", study, err)
	}
	annotators := r.annotatorNames()
	for record, err := range store.Records(ctx, study, judgeName, slices.Concat(annotators, r.otherNames())...) {
		if err != nil {
			return nil, fmt.Errorf("report: study %s: %w", study, err)
		}
		others := record.Annotations[len(annotators):]
		record.Annotations = record.Annotations[:len(annotators)]
		r.count(r.cellOf(record.Trial, cells), record, others)
	}
	r.finishConsistency()
	for i := range r.Cells {
		r.Cells[i].finish()
		r.Totals.add(r.Cells[i].Totals)
	}
	if err := r.exclude(); err != nil {
		return nil, fmt.Errorf("report: study %s: %w", study, err)
	}
	r.validate()
	r.contrast()
	r.publishBeliefs()
	r.Published = r.compare()
	return r, nil
}

// FitTo has what [Report.Terminal] and [Report.CompareTerminal] say in sentences
// broken at a width in characters. Tables are as wide as they are.
func (r *Report) FitTo(width int) { r.width = width }

// fit makes a sentence that is shown in a terminal ready for it.
func (r *Report) fit(sentence, indent string) string {
	return wrapped(visible(sentence), r.width, indent)
}

// cellOf returns the trial's cell, which is made when its first trial comes.
func (r *Report) cellOf(t turncoat.Trial, cells map[string]int) *Cell {
	fresh := t.World.Seed != turncoat.CanonicalSeed
	key := fmt.Sprint(t.World.Scenario, "\x00", t.World.Version, "\x00", t.Interface, "\x00", t.Model, "\x00", t.World.Condition, "\x00", fresh)
	i, ok := cells[key]
	if !ok {
		i = len(r.Cells)
		cells[key] = i
		r.Cells = append(r.Cells, Cell{
			Scenario: t.World.Scenario, Version: t.World.Version, Interface: t.Interface, Model: t.Model,
			Condition: t.World.Condition, Fresh: fresh, Judge: r.Judge, StandIn: turncoat.IsStandIn(t.Model),
			Returned: []string{}, place: i, Annotations: r.newAnnotations(), seeds: tally{},
		})
		addOnce(&r.Scenarios, t.World.Scenario+" "+t.World.Version)
	}
	return &r.Cells[i]
}

// count adds one trial to its cell, with what other judges say of it.
func (r *Report) count(c *Cell, record turncoat.Record, others []*turncoat.Judgement) {
	c.Planned++
	seed := record.Trial.World.Seed
	if c.seeds[seed] == nil {
		c.seeds[seed] = &stats.Cluster{} // a world counts though none of its trials has an outcome
	}
	c.StandIn = c.StandIn || record.StandIn
	r.StandIns = r.StandIns || c.StandIn
	if record.ReturnedModel != "" {
		addOnce(&c.Returned, record.ReturnedModel)
	}
	c.Usage = c.Usage.Add(record.Usage)
	r.charge(turncoat.Charge{Asked: record.Trial.Model, Returned: record.ReturnedModel, Usage: record.Usage})
	row := trialRow{id: record.ID, outcome: c.outcome(record), shown: noEvent}
	switch row.outcome {
	case string(turncoat.OutcomeHarmful):
		c.seeds.add(seed, true)
	case string(turncoat.OutcomeBenign):
		c.seeds.add(seed, false)
	}
	if j := record.Judgement; j != nil && j.Verdict != nil {
		if j.Verdict.Rubric != "" {
			addOnce(&r.Rubrics, j.Verdict.Rubric)
		}
		if j.Verdict.Label != "" {
			if c.Labels == nil {
				c.Labels = map[string]int{}
			}
			c.Labels[j.Verdict.Label]++
		}
		row.shown = firstEvent(j.Verdict.Evidence)
		row.dispute = r.compareJudges(record, others)
		if len(j.Verdict.Flags)+len(row.dispute) > 0 {
			row.flagged = true
			c.Flagged++
		}
		r.countSilent(*j.Verdict)
	}
	r.charge(judge.Took(record.Judgement)...)
	if record.Failure != nil && record.Failure.Stage == turncoat.StageImport && row.outcome == outcomeError {
		r.broken++
	}
	if row.outcome == outcomeUnjudged {
		r.countInstead(others)
	}
	r.annotate(c, record, &row)
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

func (c *Cell) problem(what, why string) { addProblem(&c.Problems, what, why) }

func addProblem(problems *[]Problem, what, why string) {
	for i, p := range *problems {
		if p.What == what && (p.Why == why || i == maxProblems-1) {
			(*problems)[i].Count++
			return
		}
	}
	*problems = append(*problems, Problem{what, why, 1})
}

// finish works out the rate once every trial is counted.
func (c *Cell) finish() {
	c.Worlds = len(c.seeds)
	c.Complete = c.Errors+c.Unjudged+c.NotRun == 0
	c.finishAnnotations()
	if c.N() == 0 || c.Unjudged > 0 {
		return
	}
	c.Rate, c.Interval = c.seeds.share(c.Fresh)
	if c.Fresh {
		c.Spread = spreadOf(c.seeds.worlds())
	}
}

// spreadOf returns how worlds differ.
func spreadOf(worlds []stats.Cluster) *Spread {
	s := &Spread{Low: 1}
	for _, w := range worlds {
		rate := float64(w.Successes) / float64(w.N)
		s.Low, s.High = min(s.Low, rate), max(s.High, rate)
	}
	if effect := stats.DesignEffect(worlds); !math.IsNaN(effect) {
		s.DesignEffect = effect
	}
	return s
}

// exclude takes the rate from models that did the harm in control conditions
// more often than their scenario allows, and notes those of which the control
// trials cannot say so yet.
func (r *Report) exclude() error {
	if r.options.Exclusion == nil || r.options.IsControl == nil {
		return nil
	}
	type who struct{ scenario, version, model string }
	controls := map[who]Totals{}
	for _, c := range r.Cells {
		if r.options.IsControl(c.Scenario, c.Condition) {
			key := who{c.Scenario, c.Version, c.Model}
			sum := controls[key]
			sum.add(c.Totals)
			controls[key] = sum
		}
	}
	for i := range r.Cells {
		c := &r.Cells[i]
		above, err := r.options.Exclusion(c.Scenario)
		if err != nil {
			return err
		}
		if above == 0 {
			continue
		}
		control := controls[who{c.Scenario, c.Version, c.Model}]
		switch {
		case float64(control.Harmful) > above*float64(control.N()):
			c.Excluded = &Excluded{control.Harmful, control.N(), above}
			if !r.options.IsControl(c.Scenario, c.Condition) { // whose rate is what excludes it
				c.Rate, c.Interval, c.Spread = nil, nil, nil
				c.withdrawRates()
			}
		case control.N() == 0 || control.N() < control.Planned:
			addOnce(&r.unchecked, fmt.Sprintf("Not held against its controls: %s has a harmful or benign outcome in %d of %s in the control conditions of %s, so whether it understood the scenario is not settled.",
				c.Model, control.N(), trials(control.Planned), c.Scenario))
		}
	}
	return nil
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

// charge adds what calls cost.
func (r *Report) charge(charges ...turncoat.Charge) {
	for _, c := range charges {
		if c.Usage == (turncoat.Usage{}) {
			continue
		}
		model := c.Billed()
		price, ok := r.Study.Prices[model]
		if !ok && r.options.Price != nil {
			price, ok = r.options.Price(model)
		}
		if !ok {
			addOnce(&r.Unpriced, model)
			continue
		}
		r.Cost += price.CostOf(c)
	}
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
			factor, one := differ(a.Condition, b.Condition)
			switch {
			case a.Fresh == b.Fresh && one:
				r.Contrasts = append(r.Contrasts, newContrast(a, b, factor))
			case a.Fresh != b.Fresh && factor == "":
				r.Gaps = append(r.Gaps, newGap(a, b))
			}
		}
	}
}

func newContrast(a, b *Cell, factor string) Contrast {
	shared := a.Condition.With(factor, "")
	delete(shared, factor)
	d := difference95(b, a)
	return Contrast{
		Scenario: a.Scenario, Interface: a.Interface, Model: a.Model, Condition: shared, Factor: factor,
		From: a.Condition[factor], To: b.Condition[factor],
		Difference: *b.Rate - *a.Rate,
		Fresh:      a.Fresh,
		Interval:   d,
	}
}

// newGap compares the cells of the two kinds of world.
func newGap(a, b *Cell) Gap {
	if a.Fresh {
		a, b = b, a
	}
	return Gap{
		Scenario: a.Scenario, Interface: a.Interface, Model: a.Model, Condition: a.Condition,
		Canonical: *a.Rate, Fresh: *b.Rate, Difference: *a.Rate - *b.Rate, Interval: difference95(a, b),
	}
}

// difference95 returns the interval of one cell's rate minus another's.
func difference95(a, b *Cell) Interval {
	return between(Share{Rate: *a.Rate, Interval: *a.Interval}, Share{Rate: *b.Rate, Interval: *b.Interval})
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

// Complete reports whether every planned trial has a verdict and the annotations
// that the design asks for.
func (r *Report) Complete() bool {
	return r.Totals.Errors+r.Totals.Unjudged+r.Totals.NotRun == 0 && r.annotated()
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
