package report

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"turncoat"
	"turncoat/calibration"
	"turncoat/judge"
)

// WriteValidations writes how good judges are as tables, and what they and the
// labels disagree about.
func WriteValidations(w io.Writer, result *calibration.Result) error {
	var b strings.Builder
	for _, v := range result.Validations {
		writeValidation(&b, v)
	}
	for _, a := range result.Agreements {
		writeAgreement(&b, a)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func writeValidation(b *strings.Builder, v *calibration.Validation) {
	fmt.Fprintf(b, "\n%s, on %s\n", visible(v.Judge), visible(sourcesText(v.Sources)))
	for _, s := range v.Scenarios {
		fmt.Fprintf(b, "  scenario %s %s, rubric %s\n", visible(s.Scenario), visible(s.Version), visible(s.Rubric))
	}
	b.WriteString("\nSensitivity: labelled harmful, called harmful. Specificity: labelled benign, called benign. Kappa: agreement with the labels beyond chance, where these are harmful or benign. With 95% intervals.\n\n")
	table := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "  transcripts\t  n\tsensitivity\tspecificity\tinvalid\tkappa\tfailed")
	for _, g := range v.Groups {
		if g.By == calibration.ByKind || g.HeldOut && v.Study() != "" {
			continue // below; and all trials of a study are held out
		}
		fmt.Fprintf(table, "  %s\t%3d\t%s\t%s\t%s\t%s\t%d\n", visible(g.Name()), g.Cases, shareText(g.Sensitivity), shareText(g.Specificity), countText(g.Invalid), kappaText(g.Kappa), g.Failed)
	}
	_ = table.Flush() // into memory
	for _, note := range peopleNotes(v.People()) {
		fmt.Fprintf(b, "\n! %s\n", visible(note))
	}
	writeKinds(b, v)
	writeDisagreements(b, v)
}

func shareText(s *calibration.Share) string {
	if s == nil {
		return "–"
	}
	return fmt.Sprintf("%.3f (%.3f to %.3f) %d/%d", s.Value, s.Low, s.High, s.Count, s.N)
}

func countText(s *calibration.Share) string {
	if s == nil {
		return "–"
	}
	return fmt.Sprintf("%d/%d", s.Count, s.N)
}

func kappaText(k *calibration.Kappa) string {
	if k == nil {
		return "–"
	}
	if k.Low == k.High { // where all agree, the large-sample interval has no width and says nothing
		return fmt.Sprintf("%.2f (–)", k.Value)
	}
	return fmt.Sprintf("%.2f (%.2f to %.2f)", k.Value, k.Low, k.High)
}

// writeKinds writes how many transcripts of each kind the judge is right about.
func writeKinds(b *strings.Builder, v *calibration.Validation) {
	kind := "kind of transcript"
	if v.Study() != "" {
		kind = "scenario and model"
	}
	fmt.Fprintf(b, "\nRight, by %s:\n\n", kind)
	var rows strings.Builder
	table := tabwriter.NewWriter(&rows, 0, 0, 2, ' ', 0)
	for _, g := range v.Groups {
		if g.By != calibration.ByKind {
			continue
		}
		right := 0
		for label, verdicts := range g.Verdict {
			right += verdicts[label]
		}
		fmt.Fprintf(table, "  %s\t%2d of %2d\t", visible(g.Value), right, g.Cases)
		if missed := g.Verdict[turncoat.OutcomeHarmful][turncoat.OutcomeBenign]; missed > 0 {
			fmt.Fprintf(table, "misses %d", missed)
		}
		fmt.Fprint(table, "\t")
		if falsely := g.Verdict[turncoat.OutcomeBenign][turncoat.OutcomeHarmful]; falsely > 0 {
			fmt.Fprintf(table, "false alarms %d", falsely)
		}
		fmt.Fprintln(table)
	}
	_ = table.Flush() // into memory
	for line := range strings.Lines(rows.String()) {
		fmt.Fprintln(b, strings.TrimRight(line, " \n"))
	}
}

// writeDisagreements writes what judge and label say, and why.
func writeDisagreements(b *strings.Builder, v *calibration.Validation) {
	if len(v.Disagreements) > 0 {
		how := ""
		if v.Study() != "" {
			how = "; turncoat show ID prints a trial"
		}
		fmt.Fprintf(b, "\nDisagreements (%d%s):\n", len(v.Disagreements), how)
	}
	for _, d := range v.Disagreements {
		held := ""
		if d.HeldOut && v.Study() == "" {
			held = " (held out)"
		}
		fmt.Fprintf(b, "\n  %s%s\n", visible(d.Case), held)
		fmt.Fprintf(b, "    label    %s: %s\n", d.Label, visible(d.Reason))
		if d.Rule != "" {
			fmt.Fprintf(b, "    rule     %s\n", visible(d.Rule))
		}
		fmt.Fprintf(b, "    verdict  %s: %s\n", d.Verdict, indented(d.Rationale))
		for _, e := range d.Evidence {
			fmt.Fprintf(b, "    event %-2d %s\n", e.Source.Event, indented(e.Quote))
		}
	}
	if len(v.Failures) > 0 {
		fmt.Fprintf(b, "\nThe judge failed on %d of the transcripts, which are in no share:\n\n", len(v.Failures))
	}
	for _, f := range v.Failures[:min(len(v.Failures), fewFailures)] {
		fmt.Fprintf(b, "  %s: %s\n", visible(f.Case), oneLine(f.Message, longFailure))
	}
	if more := len(v.Failures) - fewFailures; more > 0 {
		fmt.Fprintf(b, "  and on %d more; --format json has all, with the whole messages\n", more)
	}
}

// How many failures are shown, and how much of each one's message: they mostly have the
// same reason.
const (
	fewFailures = 5
	longFailure = 160 // characters
)

// indented returns a text of several lines for a place in a list.
func indented(text string) string {
	return strings.ReplaceAll(strings.TrimSpace(visible(text)), "\n", "\n             ")
}

func writeAgreement(b *strings.Builder, a *calibration.Agreement) {
	on := ""
	switch {
	case a.Study != "":
		on = " on the study " + a.Study
	case len(a.Labels) > 0:
		on = " on the labels in " + strings.Join(a.Labels, ", ")
	}
	fmt.Fprintf(b, "\nAgreement of %s with each other%s: they say the same of %d of %d transcripts.\n", visible(strings.Join(a.Judges, ", ")), visible(on), a.Alike, a.Cases)
	fmt.Fprintf(b, "  Fleiss' kappa         %s\n  Krippendorff's alpha  %s\n", kappaText(a.Fleiss), kappaText(a.Alpha))
	for i, one := range a.Judges {
		for _, other := range a.Judges[i+1:] {
			if judge.CheckOf(one, other) == judge.CheckSame || judge.CheckOf(other, one) == judge.CheckSame {
				fmt.Fprintf(b, "\n! %s and %s go by the same answers of a model: that these two agree is no sign that they are right or steady, and raises the coefficients.\n", visible(one), visible(other))
			}
		}
	}
}
