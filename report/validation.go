package report

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"turncoat"
	"turncoat/calibration"
	"turncoat/judge"
	"turncoat/labelled"
	"turncoat/stats"
)

// Validation is how good the judge is whose verdicts are reported, as far as
// labelled transcripts have shown.
type Validation struct {
	Sources []calibration.Source `json:"sources" jsonschema:"where the labels are from"`
	Cases   int                  `json:"cases" jsonschema:"labelled transcripts that it was asked about"`
	HeldOut int                  `json:"held_out" jsonschema:"of these, how many no judge was adjusted to"`
	Failed  int                  `json:"failed" jsonschema:"of these, about how many it failed to say anything"`
	Groups  []calibration.Group  `json:"groups" jsonschema:"how right it is about all of them, and in each of the report's scenarios, about all and about the held-out ones alone"`
	Stale   []string             `json:"stale,omitempty" jsonschema:"scenarios of the report that it was validated on in another version"`
	Unknown []string             `json:"unknown,omitempty" jsonschema:"scenarios of the report that it was not validated on"`
}

// Correction is a cell's rate corrected for the errors that the judge was
// measured to make.
type Correction struct {
	Rate         *float64             `json:"rate" jsonschema:"null if incompatible"`
	Interval     *Interval            `json:"interval" jsonschema:"null if incompatible"`
	Truncated    bool                 `json:"truncated" jsonschema:"whether the estimate lay outside of 0 to 1, and is the nearer end"`
	Incompatible bool                 `json:"incompatible" jsonschema:"whether the whole interval lay outside of 0 to 1: a judge of this accuracy gives such a rate at no true one"`
	Accuracy     calibration.Accuracy `json:"accuracy" jsonschema:"what it was corrected by"`
}

// validate adds what is known of the judge to the report, and corrects rates if
// the options ask for it.
func (r *Report) validate() {
	r.OwnOutdated = r.options.OwnValidation != nil && r.options.OwnOutdated
	r.Validation, r.OwnValidation = summary(r.options.Validation, r.Cells), summary(r.onTrials(), r.Cells)
	r.FolderValidation = summary(r.options.FolderValidation, r.Cells)
	if !r.options.Corrected {
		return
	}
	for i := range r.Cells {
		r.Cells[i].correct(r.onTrials(), r.options.Validation, r.options.FolderValidation)
	}
}

// summary returns of a validation what concerns the cells of a report, nil of none.
func summary(v *calibration.Validation, cells []Cell) *Validation {
	if v == nil {
		return nil
	}
	s := &Validation{Sources: v.Sources, Groups: []calibration.Group{}}
	if all, ok := v.Group(calibration.ByNothing, "", false); ok {
		s.Cases, s.Failed = all.Cases, all.Failed
		if len(s.Sources) == 0 { // an earlier version of Turncoat did not say
			s.Sources = []calibration.Source{{Cases: all.Cases}}
		}
		s.Groups = append(s.Groups, all)
	}
	if held, ok := v.Group(calibration.ByNothing, "", true); ok {
		s.HeldOut = held.Cases
		s.Groups = append(s.Groups, held)
	}
	var scenarios []string
	for _, c := range cells {
		addOnce(&scenarios, c.Scenario)
		at := slices.IndexFunc(v.Scenarios, func(of calibration.Version) bool { return of.Scenario == c.Scenario })
		switch {
		case at < 0:
			addOnce(&s.Unknown, c.Scenario)
		case !slices.ContainsFunc(v.Scenarios, func(of calibration.Version) bool {
			return of.Scenario == c.Scenario && of.Version == c.Version
		}):
			addOnce(&s.Stale, c.Scenario)
		}
	}
	for _, scenario := range scenarios {
		for _, heldOut := range []bool{false, true} {
			g, ok := v.Group(calibration.ByScenario, scenario, heldOut)
			if ok {
				s.Groups = append(s.Groups, g)
			}
			if ok && !heldOut && g.Sensitivity == nil && g.Specificity == nil { // it failed on all that would have told
				addOnce(&s.Unknown, scenario)
			}
		}
	}
	return s
}

// accuracyIn returns a judge's accuracy in a scenario by the first of its
// validations that tells it and is fit to correct by.
func accuracyIn(scenario string, validations ...*calibration.Validation) (calibration.Accuracy, bool) {
	for _, v := range validations {
		if v == nil {
			continue
		}
		if accuracy, known := v.Accuracy(scenario); known && accuracy.Unfit() == "" {
			return accuracy, true
		}
	}
	return calibration.Accuracy{}, false
}

// correct corrects the cell's rate, if it has one and the judge is known to be
// better than chance in the cell's scenario. The trials of the study itself tell
// that better than others do, if there are enough of them, so their validation comes
// first; then what comes with Turncoat, then transcripts of the user's own.
func (c *Cell) correct(validations ...*calibration.Validation) {
	accuracy, known := accuracyIn(c.Scenario, validations...)
	if c.Rate == nil || !known {
		return
	}
	got, ok := stats.RoganGladen(stats.Share{Count: c.Harmful, N: c.N()}, c.designEffect(),
		accuracy.Sensitivity.Stats(), accuracy.Specificity.Stats(), Confidence)
	if !ok {
		return
	}
	c.Corrected = &Correction{Truncated: got.Truncated, Incompatible: got.Incompatible, Accuracy: accuracy}
	if !got.Incompatible {
		c.Corrected.Rate = &got.Rate
		c.Corrected.Interval = &Interval{got.Interval.Low, got.Interval.High, Confidence, "Lang and Reiczigel"}
	}
}

// designEffect returns by how much the cell's worlds make the variance of its rate
// larger. Where all worlds agree it is not known, and the trials of a world count
// as one.
func (c *Cell) designEffect() float64 {
	if !c.Fresh {
		return 1
	}
	worlds := c.seeds.worlds()
	effect := stats.DesignEffect(worlds)
	if math.IsNaN(effect) {
		return float64(c.N()) / float64(max(1, len(worlds)))
	}
	return effect
}

// onTrials returns what is known of the judge from the study's trials, by what people
// say of them now, or nil.
func (r *Report) onTrials() *calibration.Validation {
	if r.OwnOutdated {
		return nil
	}
	return r.options.OwnValidation
}

// outdatedNotes says that what is known from the study's trials is left out, and how
// it is measured again.
func (r *Report) outdatedNotes() []string {
	if !r.OwnOutdated {
		return nil
	}
	own, rater := r.options.OwnValidation, ""
	if people := own.People(); people != nil && people.Rater != "" {
		rater = " --rater " + quoted(people.Rater)
	}
	return []string{fmt.Sprintf("What the judge %s was validated by, %s, is not what people say of this study's trials now: they have judged more, or otherwise, or the plan has other trials. So it is left out, and corrects no rate. `%s judge validate --judge %s --study %s%s --only-labels` measures it again.",
		r.Judge, sourcesText(own.Sources), r.options.Command, quoted(r.Judge), r.Study.Name, rater)}
}

// validations returns what is known of the judge, the trials of the study first; nil
// where nothing is.
func (r *Report) validations() []*Validation {
	return []*Validation{r.OwnValidation, r.Validation, r.FolderValidation}
}

// validationLines says in plain words how good the judge is in the report's
// scenarios, or nothing where that is not known. A line that belongs to the one
// above begins with spaces.
func (r *Report) validationLines() []string {
	var lines []string
	for _, v := range r.validations() {
		if v != nil {
			lines = append(lines, v.lines(r.Judge)...)
		}
	}
	return lines
}

// own reports whether the transcripts are trials of a study.
func (v *Validation) own() bool {
	return slices.ContainsFunc(v.Sources, func(s calibration.Source) bool { return s.Kind == labelled.SourceStudy })
}

// lines says how good a judge is in the report's scenarios, the first of them on
// what it was validated.
func (v *Validation) lines(judge string) []string {
	asked := sourcesText(v.Sources)
	if v.HeldOut > 0 && !v.own() {
		asked += fmt.Sprintf(" (%d held out: no judge was adjusted to them)", v.HeldOut)
	}
	var lines []string
	for _, g := range v.Groups {
		twice := g.HeldOut && v.own() // all trials of a study are held out
		if g.By == calibration.ByScenario && !twice && (g.Sensitivity != nil || g.Specificity != nil) {
			lines = append(lines, fmt.Sprintf("  %s: sensitivity %s, specificity %s", g.Name(), accuracyText(g.Sensitivity), accuracyText(g.Specificity)))
		}
	}
	if len(lines) == 0 {
		return nil // it was validated on other scenarios, which a note says
	}
	return append([]string{fmt.Sprintf("The judge %s was validated on %s, with 95%% intervals:", judge, asked)}, lines...)
}

func accuracyText(s *calibration.Share) string {
	if s == nil {
		return "not known"
	}
	return fmt.Sprintf("%s of %d (%s to %s)", percent(s.Value), s.N, percent(s.Low), percent(s.High))
}

// correctedText returns the corrected rate and its interval for a table, with a
// mark if it was truncated, or says that the judge's accuracy rules the rate out.
func (c Cell) correctedText() (rate, interval string) {
	switch {
	case c.Corrected == nil:
		return "–", "–"
	case c.Corrected.Incompatible:
		return "none", "incompatible"
	}
	rate = percent(*c.Corrected.Rate)
	if c.Corrected.Truncated {
		rate += "*"
	}
	return rate, fmt.Sprintf("%s to %s", percent(c.Corrected.Interval.Low), percent(c.Corrected.Interval.High))
}

// CorrectedWords returns for the page what [Cell.correctedText] returns.
func (c Cell) CorrectedWords() []string {
	rate, interval := c.correctedText()
	return []string{rate, interval}
}

// correctedColumns are the cell's columns of a CSV export for the corrected rate.
func (c *Cell) correctedColumns() []any {
	switch {
	case c.Corrected == nil:
		return []any{"", "", "", "", "", ""}
	case c.Corrected.Incompatible:
		return []any{"", "", "", false, true, c.Corrected.Accuracy.Study != ""}
	}
	return []any{*c.Corrected.Rate, c.Corrected.Interval.Low, c.Corrected.Interval.High, c.Corrected.Truncated, false, c.Corrected.Accuracy.Study != ""}
}

// canBeValidated reports whether a judge asks models, and none that is a stand-in,
// which knows nothing of labelled transcripts.
func canBeValidated(name string) bool {
	models := judge.ModelsOf(name)
	return len(models) > 0 && !slices.ContainsFunc(models, turncoat.IsStandIn)
}

// validationNotes says what of the judge is not known.
func (r *Report) validationNotes() []string {
	if !slices.ContainsFunc(r.validations(), func(v *Validation) bool { return v != nil }) {
		how := ""
		if own, err := judge.NameOf("rules"); err == nil && own == r.Judge || canBeValidated(r.Judge) {
			how = fmt.Sprintf(" `%s judge validate --judge %s` measures it on labelled transcripts.", r.options.Command, quoted(r.Judge))
		}
		return append(r.outdatedNotes(), fmt.Sprintf("It is not known how good the judge %s is.%s", r.Judge, how))
	}
	lines := r.outdatedNotes()
	if unknown := r.unvalidated(); len(unknown) > 0 {
		lines = append(lines, fmt.Sprintf("How good the judge %s is in %s is not known: no labelled transcript of it tells.", r.Judge, strings.Join(unknown, ", ")))
	}
	for _, v := range r.validations() {
		if v == nil {
			continue
		}
		if len(v.Stale) > 0 {
			lines = append(lines, fmt.Sprintf("The judge %s was validated on another version of %s than the one reported.", r.Judge, strings.Join(v.Stale, ", ")))
		}
		if v.Failed > 0 {
			lines = append(lines, fmt.Sprintf("The judge %s failed on %d of the labelled transcripts, which its sensitivity and specificity leave out.", r.Judge, v.Failed))
		}
	}
	if own := r.onTrials(); own != nil {
		lines = append(lines, peopleNotes(own.People())...)
	}
	return append(lines, r.correctionNotes()...)
}

// unvalidated returns the report's scenarios that no validation is of.
func (r *Report) unvalidated() []string {
	var unknown []string
	for _, c := range r.Cells {
		of := func(v *Validation) bool { return v != nil && !slices.Contains(v.Unknown, c.Scenario) }
		if !slices.ContainsFunc(r.validations(), of) {
			addOnce(&unknown, c.Scenario)
		}
	}
	return unknown
}

// correctionNotes says what the corrected rates are, and which there are none of.
func (r *Report) correctionNotes() []string {
	if !r.options.Corrected {
		return nil
	}
	truncated, incompatible := 0, 0
	var without, own, set, folders, notOwn []string
	for _, c := range r.Cells {
		if c.Rate != nil && (c.Corrected == nil || c.Corrected.Accuracy.Study == "") {
			addOnce(&notOwn, c.Scenario)
		}
		switch {
		case c.Corrected == nil && c.Rate != nil:
			addOnce(&without, c.Scenario)
			continue
		case c.Corrected == nil:
			continue
		case c.Corrected.Incompatible:
			incompatible++
		case c.Corrected.Truncated:
			truncated++
		}
		switch c.Corrected.Accuracy.Source {
		case labelled.SourceStudy:
			addOnce(&own, c.Scenario)
		case labelled.SourceFolder:
			addOnce(&folders, c.Scenario)
		case labelled.SourceSet:
			addOnce(&set, c.Scenario)
		}
	}
	lines := []string{"Corrected rates are Rogan and Gladen's, with Lang and Reiczigel's intervals, for what the judge got wrong where it is known what is right."}
	if len(own) > 0 {
		lines = append(lines, fmt.Sprintf("Rates in %s are corrected by the trials of this study that people judged.", strings.Join(own, ", ")))
	}
	for _, scenario := range notOwn {
		lines = append(lines, whyNotOwn(r.onTrials(), scenario)...)
	}
	if len(set) > 0 {
		lines = append(lines, fmt.Sprintf("Rates in %s are corrected by transcripts that were written to be labelled. Most of these are hard cases, which a model's transcripts may not be: then the judge errs less often than this allows for.", strings.Join(set, ", ")))
	}
	if len(folders) > 0 {
		lines = append(lines, fmt.Sprintf("Rates in %s are corrected by labelled transcripts of your own. How far that is right depends on how like the study's they are.", strings.Join(folders, ", ")))
	}
	if truncated > 0 {
		lines = append(lines, fmt.Sprintf("Of the corrected rates, %d lay below 0%% or above 100%% and were truncated (*): the judge saw less harm than its false alarms alone should give, or more than it can find.", truncated))
	}
	if incompatible > 0 {
		lines = append(lines, fmt.Sprintf("Incompatible: %s more, or less, than a judge of the measured accuracy can produce at any true rate, even when that accuracy's own interval is allowed for. Here it errs otherwise than where that was measured, and there is no corrected rate to give; the raw one stands beside.", ratesAre(incompatible)))
	}
	if len(without) > 0 {
		lines = append(lines, fmt.Sprintf("Rates in %s cannot be corrected: the judge's errors there are not known, or it was no better than chance.", strings.Join(without, ", ")))
	}
	return lines
}

// whyNotOwn says why a scenario's rates are not corrected by the study's own trials.
// Where there are none, or they were picked, that is said elsewhere.
func whyNotOwn(own *calibration.Validation, scenario string) []string {
	if own == nil || own.Picked() {
		return nil
	}
	if a, known := own.Accuracy(scenario); known && a.Unfit() == calibration.UnfitChance {
		return []string{fmt.Sprintf("On the trials of this study that people judged the judge is no better than chance in %s (sensitivity %s, specificity %s): no rate can be corrected by them, and one that is corrected by other transcripts is in doubt.",
			scenario, accuracyText(&a.Sensitivity), accuracyText(&a.Specificity))}
	}
	harmful, benign := own.Labelled(scenario)
	return []string{fmt.Sprintf("Of the trials of this study that people judged, too few tell how often the judge errs in %s: %d harmful and %d benign, and a correction by them takes %d of each.",
		scenario, harmful, benign, calibration.LeastTrials)}
}

func ratesAre(n int) string {
	if n == 1 {
		return "1 rate is"
	}
	return fmt.Sprintf("%d rates are", n)
}

// quoted returns a word as a shell takes it.
func quoted(word string) string {
	if strings.ContainsAny(word, "?&*'\"$ ;|<>()[]{}~#!\\") {
		return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
	}
	return word
}
