package report

import (
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"

	"turncoat"
)

//go:embed page.html.tmpl
var pageText string

//go:embed page.css
var pageStyle string

// pageTemplate escapes everything that it is given for the place where it
// stands; what a model wrote is besides passed through [visible].
var pageTemplate = template.Must(template.New("page").Funcs(template.FuncMap{
	"inc":     func(i int) int { return i + 1 },
	"percent": percent,
	"points":  points,
	"visible": visible,

	"stretches": stretches,

	"found": found,
}).Parse(pageText))

// HTML writes the report as one page that needs no network and runs no script:
// its policy forbids both. The transcripts behind the numbers are read from the
// store, as many as the options allow.
func (r *Report) HTML(ctx context.Context, w io.Writer, store turncoat.Store) error {
	p, err := r.page(ctx, store)
	if err != nil {
		return fmt.Errorf("report: study %s: %w", r.Study.Name, err)
	}
	return pageTemplate.Execute(w, p)
}

// Hold sets how many transcripts the page holds at the most, in the place of what
// [Options] say.
func (r *Report) Hold(transcripts int) { r.options.Transcripts = transcripts }

// page is what the template shows.
type page struct {
	*Report
	Heading   string
	Style     template.CSS // the embedded style sheet, nothing else
	StyleHash string       // by which the page's policy allows it
	Validated []string     // how good the judge is
	Note      []string     // what is missing, and what to know
	Panels    []panel

	ShowsCorrected bool         // rates corrected for the judge's errors
	Disputed       []pageTrial  // about which judges that read disagree
	Compared       *comparePage // nil: nothing is published to compare with
	Annotators     []pageAnnotator
	Rows           []pageCell
	Differences    []difference
	GapRows        []gapRow
	Transcripts    []pageTranscript
	Prompts        []prompt
	Design         string
	Left           int // transcripts that were left out
}

// pageCell is a cell with its place in the page.
type pageCell struct {
	Cell
	Number   int // from 1; the cell's anchor
	Name     string
	First    bool // of its condition
	Groups   []trialGroup
	Labelled []labelGroup
}

// trialGroup is the cell's trials that came to the same.
type trialGroup struct {
	Outcome string
	Trials  []pageTrial
}

// pageTrial leads to a transcript, if it is in the page.
type pageTrial struct {
	ID      turncoat.TrialID
	Flagged bool
	Anchor  string // where in the page; "" if the transcript is not there
}

// places are the events of the transcripts that the page holds.
type places map[turncoat.TrialID][]pageEvent

// anchor returns where an event of a trial stands in the page, the head of its
// transcript if the event does not, and "" if the transcript does not.
func (p places) anchor(id turncoat.TrialID, event int) string {
	events, ok := p[id]
	switch {
	case !ok:
		return ""
	case slices.ContainsFunc(events, func(e pageEvent) bool { return e.Seq == event }):
		return fmt.Sprintf("t-%s-%d", id, event)
	}
	return fmt.Sprintf("t-%s", id)
}

// gapRow is a contamination gap in words.
type gapRow struct {
	Gap
	Where string
}

// difference is a contrast in words.
type difference struct {
	Contrast
	Shared string
}

func (r *Report) page(ctx context.Context, store turncoat.Store) (*page, error) {
	design, err := yaml.Marshal(r.Study)
	if err != nil {
		return nil, fmt.Errorf("writing the design: %w", err)
	}
	hash := sha256.Sum256([]byte(pageStyle))
	p := &page{
		Report: r, Heading: r.heading(), Validated: r.validationLines(), ShowsCorrected: r.options.Corrected, Note: append(r.Missing(), r.notes(inPage)...), Design: string(design),
		Style: template.CSS(pageStyle), StyleHash: "sha256-" + base64.StdEncoding.EncodeToString(hash[:]), //nolint:gosec // an embedded file
	}
	varying, cells, numbers := r.varying(), r.byCondition(), map[int]int{}
	inside := r.choose(cells)
	for i, c := range cells {
		row := pageCell{Cell: c, Number: i + 1, Name: r.cellCondition(c, varying)}
		row.First = i == 0 || p.Rows[i-1].Name != row.Name
		p.Rows = append(p.Rows, row)
		numbers[c.place] = row.Number
	}
	if err := p.read(ctx, store, inside); err != nil {
		return nil, err
	}
	p.lead()
	p.Panels = newPanels(p.Rows)
	p.Compared = r.newComparePage(numbers)
	p.Annotators = r.newAnnotators(p.Rows)
	for _, c := range r.Contrasts {
		p.Differences = append(p.Differences, difference{c, r.place(c.Scenario, c.Interface, c.Condition, varying)})
	}
	for _, g := range r.Gaps {
		p.GapRows = append(p.GapRows, gapRow{g, r.gapPlace(g, varying)})
	}
	return p, nil
}

// lead lists the trials, each with where its evidence stands in the page.
func (p *page) lead() {
	in := places{}
	for _, t := range p.Transcripts {
		in[t.ID] = t.Events
	}
	for i := range p.Rows {
		row := &p.Rows[i]
		row.Groups = groups(row.Cell, in)
		row.Labelled = p.labelGroups(row.Cell, row.Number, in)
		for _, t := range row.trials {
			if len(t.dispute) > 0 {
				p.Disputed = append(p.Disputed, pageTrial{t.id, true, in.anchor(t.id, t.shown)})
			}
		}
	}
}

// choose returns the trials whose transcripts the page holds. Every cell has an
// equal share, in which what needs a look comes first.
func (r *Report) choose(cells []Cell) map[turncoat.TrialID]bool {
	inside := map[turncoat.TrialID]bool{}
	share := max(1, r.options.Transcripts/max(1, len(cells)))
	for _, c := range cells {
		left := share
		for _, wanted := range []func(trialRow) bool{
			func(t trialRow) bool {
				return t.outcome == string(turncoat.OutcomeHarmful) || t.flagged || slices.ContainsFunc(t.annotations, func(a rowAnnotation) bool { return a.flagged })
			},
			func(t trialRow) bool { return t.outcome != outcomeNotRun },
		} {
			for _, t := range c.trials {
				if left > 0 && !inside[t.id] && wanted(t) {
					inside[t.id] = true
					left--
				}
			}
		}
	}
	return inside
}

// groups sorts a cell's trials by what became of them.
func groups(c Cell, in places) []trialGroup {
	var out []trialGroup
	for _, outcome := range []string{
		string(turncoat.OutcomeHarmful), string(turncoat.OutcomeBenign), string(turncoat.OutcomeInvalid),
		outcomeUnjudged, outcomeError, outcomeNotRun,
	} {
		g := trialGroup{Outcome: outcome}
		for _, t := range c.trials {
			if t.outcome == outcome {
				g.Trials = append(g.Trials, pageTrial{t.id, t.flagged, in.anchor(t.id, t.shown)})
			}
		}
		if len(g.Trials) > 0 {
			out = append(out, g)
		}
	}
	return out
}

// read adds the chosen transcripts, in the order of the cells.
func (p *page) read(ctx context.Context, store turncoat.Store, inside map[turncoat.TrialID]bool) error {
	prompts := map[prompt]int{}
	for _, row := range p.Rows {
		for _, t := range row.trials {
			if !inside[t.id] {
				if t.outcome != outcomeNotRun {
					p.Left++
				}
				continue
			}
			transcript, err := store.Transcript(ctx, t.id)
			if err != nil {
				return fmt.Errorf("transcript %s: %w", t.id, err)
			}
			judgements, err := store.Judgements(ctx, t.id)
			if err != nil {
				return fmt.Errorf("judgements of %s: %w", t.id, err)
			}
			p.Transcripts = append(p.Transcripts, p.newTranscript(transcript, judgements, row, t, prompts))
		}
	}
	return nil
}

// points writes a difference of shares in whole percentage points.
func points(difference float64) string {
	text := fmt.Sprintf("%+.0f", 100*difference)
	if text == "+0" || text == "-0" {
		return "0"
	}
	return strings.Replace(text, "-", "−", 1)
}
