package report

import (
	"context"
	_ "embed"
	"fmt"
	"html/template"
	"io"

	"turncoat"
)

//go:embed compare.html.tmpl
var compareText string

// The section of the page that shows a comparison.
var _ = template.Must(pageTemplate.Parse(compareText))

// CompareHTML writes the report's page, which has a section that puts its rates
// beside the published ones.
func (r *Report) CompareHTML(ctx context.Context, w io.Writer, store turncoat.Store) error {
	if r.Published == nil {
		return NothingPublished{r.Study.Name}
	}
	return r.HTML(ctx, w, store)
}

// comparePage is a comparison as the page shows it.
type comparePage struct {
	Source  string
	Judge   string
	Panels  []comparePanel
	Summary string
	Notes   []string // what stands in no figure
}

// comparePanel is a figure of the publication, drawn with both rates.
type comparePanel struct {
	Heading string
	Width   int
	Height  int
	Axis    float64
	Ticks   []tick
	Rows    []compareRow
	Unit    string // of the axis
}

// compareRow is a row of the table and of the figure.
type compareRow struct {
	Number  int // the cell's anchor
	Name    string
	Title   string // what is read out
	Words   []string
	LabelY  float64
	Ours    *compareMark
	Theirs  *compareMark
	Missing string // in the place of ours
	LeftOut bool   // from the publication
	TextY   float64
	TextX   float64
	NoteX   float64
	NoteY   float64
}

// compareMark is a rate with its whisker in the figure.
type compareMark struct {
	X, Low, High, Y, Top, End float64
	Width                     float64 // of a bar
	Text                      string
}

// Heights in a comparison's figure, in the units of its viewBox.
const (
	compareRowHeight = 54
	oursMiddle       = 25 // below a row's top
	theirsMiddle     = 41
	markHeight       = 4 // half of a whisker's cap
)

// newComparePage lays a comparison out. Numbers leads from the place of a cell
// in the report to its anchor in the page.
func (r *Report) newComparePage(numbers map[int]int) *comparePage {
	c := r.Published
	if c == nil {
		return nil
	}
	p := &comparePage{Source: c.Source, Judge: r.Judge, Summary: c.Summary.words(), Notes: r.unpublishedNotes()}
	varying := r.varying()
	for _, f := range c.Figures {
		panel := comparePanel{Heading: f.heading(), Width: figureWidth}
		for i, row := range f.Rows {
			panel.Rows = append(panel.Rows, newCompareRow(row, f.precision(), r.rowName(f, row, varying), numbers[row.cell], float64(plotTop+compareRowHeight*i)))
		}
		panel.Unit = "harmful ÷ (harmful + benign)"
		if f.Rows[0].What != "" {
			panel.Unit = "share of the trials"
		}
		panel.Axis = float64(plotTop + compareRowHeight*len(f.Rows))
		panel.Height = int(panel.Axis) + axisHeight
		panel.Ticks = axisTicks()
		p.Panels = append(p.Panels, panel)
	}
	return p
}

func newCompareRow(c Compared, p precision, name string, number int, top float64) compareRow {
	row := compareRow{
		Number: number, Name: name, Words: c.words(p), LabelY: top + 13,
		TextX: figureWidth - 4, TextY: top + oursMiddle + 4, NoteX: plotLeft, NoteY: top + theirsMiddle + 4,
	}
	row.Title = fmt.Sprintf("%s: ours %s (%s), published %s, difference %s points (%s)",
		name, row.Words[0], row.Words[1], row.Words[2], row.Words[3], row.Words[4])
	if c.Ours != nil {
		row.Ours = newCompareMark(*c.Ours, p, top+oursMiddle)
	} else if row.Missing = "no rate"; c.Excluded != nil {
		row.Missing = "excluded"
	}
	if c.Published != nil {
		row.Theirs = newCompareMark(*c.Published, p, top+theirsMiddle)
	}
	row.LeftOut = c.LeftOut != ""
	return row
}

func newCompareMark(s Share, p precision, middle float64) *compareMark {
	return &compareMark{
		X: scale(s.Rate), Low: scale(s.Interval.Low), High: scale(s.Interval.High), Width: s.Rate * plotWidth,
		Y: middle, Top: middle - markHeight, End: middle + markHeight,
		Text: fmt.Sprintf("%s (n = %d)", p.share(s.Rate), s.N),
	}
}

// Diamond returns the corners of the mark of a published rate.
func (m compareMark) Diamond() string {
	return fmt.Sprintf("%.1f,%.1f %.1f,%.1f %.1f,%.1f %.1f,%.1f", m.X-5, m.Y, m.X, m.Y-5, m.X+5, m.Y, m.X, m.Y+5)
}
