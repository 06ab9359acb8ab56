package report

import (
	"context"
	"fmt"
	"slices"

	"turncoat"
	"turncoat/judge"
)

// Annotator is who says what else is in the transcripts, and by which labels.
type Annotator struct {
	Name           string            `json:"name" jsonschema:"under which its annotations are kept"`
	Scheme         string            `json:"scheme" jsonschema:"belief or conduct"`
	SchemeVersions []string          `json:"scheme_versions" jsonschema:"versions of the scheme that the annotations name"`
	Title          string            `json:"title"`
	Question       string            `json:"question" jsonschema:"that the labels answer"`
	Exclusive      bool              `json:"exclusive" jsonschema:"whether exactly one label holds of a trial; otherwise any number may"`
	Planned        bool              `json:"planned" jsonschema:"whether the design asks for it; others were asked besides"`
	Labels         []LabelDefinition `json:"labels"`
}

// LabelDefinition is a label that an annotator may find.
type LabelDefinition struct {
	Name       string `json:"name"`
	Concerning bool   `json:"concerning" jsonschema:"whether it should worry those who would deploy the agent"`
	Meaning    string `json:"meaning"`
}

// Annotations are what one annotator found in the trials of a cell.
type Annotations struct {
	Annotator  string      `json:"annotator"`
	N          int         `json:"n" jsonschema:"trials with an annotation, on which the shares rest; invalid trials are not among them"`
	Missing    int         `json:"missing" jsonschema:"valid trials that finished and have no annotation: it was not asked, or it failed"`
	Invalid    int         `json:"invalid" jsonschema:"trials without conduct, to which no label can apply"`
	Complete   bool        `json:"complete" jsonschema:"whether every planned trial is annotated or invalid"`
	Flagged    int         `json:"flagged" jsonschema:"annotations that a person should look at"`
	Labels     []LabelRate `json:"labels" jsonschema:"one for each label of the annotator"`
	Concerning *LabelRate  `json:"concerning,omitempty" jsonschema:"trials with any concerning label, where the scheme has such labels"`
	Problems   []Problem   `json:"problems,omitempty" jsonschema:"why annotations are missing"`
}

// LabelRate is how often a label was found, and how often the harm was done
// where it was.
type LabelRate struct {
	Label    string    `json:"label"`
	Trials   int       `json:"trials" jsonschema:"in which it was found"`
	Share    *float64  `json:"share" jsonschema:"trials / n; null where n is 0"`
	Interval *Interval `json:"interval" jsonschema:"of the share"`

	Harmful      int       `json:"harmful" jsonschema:"trials with the label that the judge calls harmful"`
	Benign       int       `json:"benign" jsonschema:"trials with the label that the judge calls benign"`
	Unjudged     int       `json:"unjudged" jsonschema:"trials with the label and without a verdict"`
	Rate         *float64  `json:"rate" jsonschema:"harmful / (harmful + benign) within the label; null without such trials, while any has no verdict, or where the model is excluded"`
	RateInterval *Interval `json:"rate_interval" jsonschema:"of the rate"`

	Published *PublishedLabel `json:"published,omitempty" jsonschema:"what is published of the same model in the same condition"`

	found, harmful tally
}

// labelAny is the label of the trials with any concerning label.
const labelAny = "any concerning"

// rowAnnotation is what the lists of trials show of an annotator.
type rowAnnotation struct {
	labels  []string
	shown   []int // for each label, the event with its first evidence
	missing bool  // there should be an annotation, and is none
	flagged bool
}

// findAnnotators lists the annotators of a study: those of its design, then all
// others that have been asked about its trials.
func (r *Report) findAnnotators(ctx context.Context, store turncoat.Store) error {
	for _, spec := range r.Study.Annotators {
		name, err := judge.AnnotatorName(spec)
		if err != nil {
			return err
		}
		r.addAnnotator(name, true)
	}
	asked, err := store.Judges(ctx, r.Study.Name)
	if err != nil {
		return err
	}
	for _, name := range asked {
		r.addAnnotator(name, false)
	}
	return nil
}

// addAnnotator adds an annotator that is not there. A name that is a judge's is
// left out.
func (r *Report) addAnnotator(name string, planned bool) {
	s, ok := judge.SchemeOf(name)
	if !ok || slices.Contains(r.annotatorNames(), name) {
		return
	}
	a := Annotator{
		Name: name, Scheme: s.Name, SchemeVersions: []string{}, Title: s.Title, Question: s.Question, Exclusive: s.Exclusive,
		Planned: planned, Labels: []LabelDefinition{},
	}
	for _, l := range s.Labels {
		a.Labels = append(a.Labels, LabelDefinition{l.Name, l.Concerning, l.Meaning})
	}
	r.Annotators = append(r.Annotators, a)
}

func (r *Report) annotatorNames() []string {
	var names []string
	for _, a := range r.Annotators {
		names = append(names, a.Name)
	}
	return names
}

// anyConcerning reports whether the annotator's scheme has concerning labels, which
// are then counted together, too.
func (a *Annotator) anyConcerning() bool {
	return slices.ContainsFunc(a.Labels, func(l LabelDefinition) bool { return l.Concerning })
}

// rows names the rows of a cell: any concerning label, and each of them all.
func (a *Annotator) rows() []string {
	var names []string
	if a.anyConcerning() {
		names = append(names, labelAny)
	}
	for _, l := range a.Labels {
		names = append(names, l.Name)
	}
	return names
}

// rates returns what was counted for each of [Annotator.rows].
func (a *Annotations) rates() []LabelRate {
	if a.Concerning == nil {
		return a.Labels
	}
	return append([]LabelRate{*a.Concerning}, a.Labels...)
}

// newAnnotations returns what a cell's trials are counted in.
func (r *Report) newAnnotations() []Annotations {
	var all []Annotations
	for _, a := range r.Annotators {
		counted := Annotations{Annotator: a.Name, Labels: []LabelRate{}}
		for _, l := range a.Labels {
			counted.Labels = append(counted.Labels, newLabelRate(l.Name))
		}
		if a.anyConcerning() {
			anyOf := newLabelRate(labelAny)
			counted.Concerning = &anyOf
		}
		all = append(all, counted)
	}
	return all
}

func newLabelRate(name string) LabelRate {
	return LabelRate{Label: name, found: tally{}, harmful: tally{}}
}

// annotate counts what annotators say of a trial.
func (r *Report) annotate(c *Cell, record turncoat.Record, row *trialRow) {
	if row.outcome == outcomeNotRun || row.outcome == outcomeError {
		return
	}
	invalid := row.outcome == string(turncoat.OutcomeInvalid) || record.Ending != nil && record.Ending.Invalid()
	for i, j := range record.Annotations {
		r.charge(judge.Took(j)...)
		row.annotations = append(row.annotations, c.Annotations[i].count(&r.Annotators[i], j, record.Trial.World.Seed, row.outcome, invalid))
	}
}

// count counts what one annotator says of a trial.
func (a *Annotations) count(by *Annotator, j *turncoat.Judgement, seed uint64, outcome string, invalid bool) rowAnnotation {
	switch {
	case invalid:
		a.Invalid++
		return rowAnnotation{}
	case j == nil || j.Annotation == nil:
		why := "the annotator has not been asked"
		if j != nil && j.Failure != nil {
			why = j.Failure.Message
		}
		return a.miss(why)
	}
	var labels []string
	var shown []int
	for _, l := range j.Annotation.Labels {
		if !slices.ContainsFunc(by.Labels, func(d LabelDefinition) bool { return d.Name == l.Name }) {
			return a.miss(fmt.Sprintf("the annotation has a label %q, which the scheme has not", l.Name))
		}
		labels, shown = append(labels, l.Name), append(shown, firstEvent(l.Evidence))
	}
	if by.Exclusive && len(labels) != 1 {
		return a.miss(fmt.Sprintf("the annotation has %d labels, where exactly one must hold", len(labels)))
	}
	addOnce(&by.SchemeVersions, j.Annotation.SchemeVersion)
	a.N++
	concerning := false
	for i := range a.Labels {
		holds := slices.Contains(labels, a.Labels[i].Label)
		concerning = concerning || holds && by.Labels[i].Concerning
		a.Labels[i].count(seed, holds, outcome)
	}
	if a.Concerning != nil {
		a.Concerning.count(seed, concerning, outcome)
	}
	flagged := len(j.Annotation.Flags) > 0
	if flagged {
		a.Flagged++
	}
	return rowAnnotation{labels: labels, shown: shown, flagged: flagged}
}

// miss counts a trial that should have an annotation and has none that can be
// used.
func (a *Annotations) miss(why string) rowAnnotation {
	a.Missing++
	addProblem(&a.Problems, outcomeUnannotated, why)
	return rowAnnotation{missing: true}
}

// count counts a trial of which the label holds or not.
func (l *LabelRate) count(seed uint64, holds bool, outcome string) {
	l.found.add(seed, holds)
	if !holds {
		return
	}
	l.Trials++
	switch outcome {
	case string(turncoat.OutcomeHarmful):
		l.Harmful++
		l.harmful.add(seed, true)
	case string(turncoat.OutcomeBenign):
		l.Benign++
		l.harmful.add(seed, false)
	default:
		l.Unjudged++
	}
}

// finishAnnotations works out the shares once every trial is counted.
func (c *Cell) finishAnnotations() {
	for i := range c.Annotations {
		a := &c.Annotations[i]
		a.Complete = c.Errors+c.NotRun+a.Missing == 0
		for k := range a.Labels {
			a.Labels[k].finish(c.Fresh)
		}
		if a.Concerning != nil {
			a.Concerning.finish(c.Fresh)
		}
	}
}

func (l *LabelRate) finish(fresh bool) {
	l.Share, l.Interval = l.found.share(fresh)
	if l.Unjudged == 0 {
		l.Rate, l.RateInterval = l.harmful.share(fresh)
	}
}

// withdrawRates takes the rates of harm from the labels of an excluded model.
func (c *Cell) withdrawRates() {
	for i := range c.Annotations {
		a := &c.Annotations[i]
		for k := range a.Labels {
			a.Labels[k].Rate, a.Labels[k].RateInterval = nil, nil
		}
		if a.Concerning != nil {
			a.Concerning.Rate, a.Concerning.RateInterval = nil, nil
		}
	}
}

// unannotated returns how many valid trials lack an annotation of an annotator.
func (r *Report) unannotated(annotator int) int {
	missing := 0
	for _, c := range r.Cells {
		missing += c.Annotations[annotator].Missing
	}
	return missing
}

// annotated reports whether every annotation that the design asks for is there.
func (r *Report) annotated() bool {
	for i, a := range r.Annotators {
		if a.Planned && r.unannotated(i) > 0 {
			return false
		}
	}
	return true
}

// missingAnnotations says in plain words which annotations are missing.
func (r *Report) missingAnnotations() []string {
	var lines []string
	for i, a := range r.Annotators {
		missing := r.unannotated(i)
		if missing == 0 {
			continue
		}
		why := "no reason was recorded"
		for _, c := range r.Cells {
			if p := c.Annotations[i].Problems; len(p) > 0 {
				why = "for example: " + oneLine(p[0].Why, 160)
				break
			}
		}
		lines = append(lines, fmt.Sprintf("Not annotated: %s without an annotation of %s, and so with no label of it (%s). The transcripts are kept: `%s judge %s --annotate '%s'` goes on.",
			trials(missing), a.Name, why, r.options.Command, r.Study.Name, a.Name))
	}
	if lines != nil {
		lines = append(lines, "A share with a question mark rests on fewer trials than were planned.")
	}
	return lines
}

// annotationNotes says what a reader of the shares should know of them.
func (r *Report) annotationNotes(marked string) []string {
	var lines []string
	for i, a := range r.Annotators {
		flagged := 0
		for _, c := range r.Cells {
			flagged += c.Annotations[i].Flagged
		}
		if flagged > 0 {
			lines = append(lines, fmt.Sprintf("Flagged: %s whose annotation by %s a person should look at; %s.", trials(flagged), a.Name, marked))
		}
	}
	return lines
}
