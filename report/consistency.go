package report

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"turncoat"
	"turncoat/calibration"
	"turncoat/judge"
)

// Consistency is how the verdicts of the report's judge compare with those of
// another one of the same trials. Trials without conduct are left out: every judge
// calls them invalid.
type Consistency struct {
	Judge    string                `json:"judge" jsonschema:"the other judge"`
	Check    judge.Check           `json:"check" jsonschema:"what the other judge tests: same reading (nothing: it goes by answers of models that this judge goes by), read again, in other order, other settings, another family, another judge, rules, a person, or from elsewhere"`
	Trials   int                   `json:"trials" jsonschema:"with conduct and a verdict of both"`
	Alike    *calibration.Share    `json:"alike" jsonschema:"trials of which both say the same; null if there are none of both"`
	Kappa    *calibration.Kappa    `json:"kappa" jsonschema:"Cohen's; null where it is not defined, and for the same reading"`
	Verdicts calibration.Confusion `json:"verdicts" jsonschema:"how many trials were given each outcome by the report's judge, and within it by the other"`
	Flagged  bool                  `json:"flagged" jsonschema:"whether a trial on which the two differ is flagged for a person"`

	instead int // finished trials with its verdict and without one of the report's judge
}

// findOthers lists the judges beside the report's own that have been asked about
// trials of the study.
func (r *Report) findOthers(ctx context.Context, store turncoat.Store) error {
	asked, err := store.Judges(ctx, r.Study.Name)
	if err != nil {
		return err
	}
	for _, name := range asked {
		if _, isAnnotator := judge.SchemeOf(name); isAnnotator || name == r.Judge {
			continue
		}
		r.Consistency = append(r.Consistency, Consistency{
			Judge: name, Check: judge.CheckOf(r.Judge, name), Verdicts: calibration.NewConfusion(), Flagged: judge.Disputes(r.Judge, name),
		})
	}
	return nil
}

func (r *Report) otherNames() []string {
	var names []string
	for _, c := range r.Consistency {
		names = append(names, c.Judge)
	}
	return names
}

// compareJudges counts what the other judges say of a trial, and returns in words
// what a person should look at.
func (r *Report) compareJudges(record turncoat.Record, others []*turncoat.Judgement) (disputes []string) {
	if record.Ending == nil || record.Ending.Invalid() || record.Judgement == nil || record.Judgement.Verdict == nil {
		return nil
	}
	own := record.Judgement.Verdict.Outcome
	for i, other := range others {
		if other == nil || other.Verdict == nil {
			continue
		}
		c := &r.Consistency[i]
		c.Verdicts.Add(own, other.Verdict.Outcome)
		if c.Flagged && own != other.Verdict.Outcome {
			disputes = append(disputes, fmt.Sprintf("judges disagree: %s says %s, and %s (%s) says %s", r.Judge, own, c.Judge, c.Check, other.Verdict.Outcome))
		}
	}
	return disputes
}

// finishConsistency works out the shares once every trial is counted. A judge that
// has judged no trial that this one has is left out.
func (r *Report) finishConsistency() {
	for i := range r.Consistency {
		c := &r.Consistency[i]
		all, alike := c.Verdicts.Alike()
		c.Trials, c.Alike = all, calibration.ShareOf(alike, all)
		if c.Check != judge.CheckSame { // of one reading with itself it would be agreement with nobody
			c.Kappa = c.Verdicts.Kappa()
		}
	}
	r.Instead = insteadOf(r.Consistency)
	r.Consistency = slices.DeleteFunc(r.Consistency, func(c Consistency) bool { return c.Trials == 0 })
}

// Turned returns how many trials this report's judge calls harmful and the other
// does not, and how many it is the other way round.
func (c Consistency) Turned() (here, there int) {
	for first, row := range c.Verdicts {
		for second, n := range row {
			switch {
			case first == turncoat.OutcomeHarmful && second != first:
				here += n
			case second == turncoat.OutcomeHarmful && first != second:
				there += n
			}
		}
	}
	return here, there
}

// TurnedText writes both numbers of [Consistency.Turned].
func (c Consistency) TurnedText() string {
	here, there := c.Turned()
	return fmt.Sprintf("%d / %d", here, there)
}

// AlikeText writes how often the two say the same, with one decimal: between judges
// that nearly always agree, a whole per cent says too little.
func (c Consistency) AlikeText() string {
	return fmt.Sprintf("%s (%s to %s)", tenths(c.Alike.Value), tenths(c.Alike.Low), tenths(c.Alike.High))
}

// KappaText writes Cohen's kappa with its interval, or a dash.
func (c Consistency) KappaText() string { return kappaText(c.Kappa) }

// consistency lists how other judges compare.
func (r *Report) consistency() string {
	if len(r.Consistency) == 0 {
		return ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, "\n%s\n\n", r.fit("Other judges of the same trials (with conduct), and how often they say the same as this one, with 95% intervals.", ""))
	table := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "  trials\tsay the same\tkappa\tharmful only here / there\tjudge")
	for _, c := range r.Consistency {
		fmt.Fprintf(table, "  %6d\t%s\t%s\t%s\t%s (%s)\n", c.Trials, c.AlikeText(), c.KappaText(), c.TurnedText(), visible(c.Judge), c.Check)
	}
	_ = table.Flush() // into memory
	if note := r.SameReading(); note != "" {
		fmt.Fprintf(&b, "\n%s\n", r.fit(note, ""))
	}
	return b.String()
}

// SameReading says what it means that another judge goes by the same answers as the
// report's, or nothing where none does.
func (r *Report) SameReading() string {
	if !slices.ContainsFunc(r.Consistency, func(c Consistency) bool { return c.Check == judge.CheckSame }) {
		return ""
	}
	return "Same reading: this judge goes by the same answers of the same models, each of which was asked for once. That the two agree tells nothing of how steady they are, so there is no kappa; where they differ, rules or votes make the difference."
}
