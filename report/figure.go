package report

import "fmt"

// Measures of a panel of the figure, in the units of its viewBox.
const (
	figureWidth = 420
	plotLeft    = 12
	plotWidth   = 300 // of 100 %
	plotTop     = 6
	rowHeight   = 40
	barHeight   = 12
	axisHeight  = 34
)

// panel is the figure of one condition: a bar for each model, with the whisker
// of its interval.
type panel struct {
	Name   string
	Width  int
	Height int
	Axis   float64 // where the axis lies
	Ticks  []tick
	Bars   []figureBar
}

// tick is a mark of the axis.
type tick struct {
	X     float64
	Label string
}

// figureBar is one model in one condition.
type figureBar struct {
	Cell    int // the cell's anchor
	Model   string
	Title   string  // what is read out
	LabelY  float64 // baseline of the model's name
	Y       float64
	Middle  float64
	CapTop  float64
	CapEnd  float64
	Width   float64
	Low     float64 // ends of the whisker
	High    float64
	TextX   float64
	TextY   float64
	Text    string
	HasRate bool
}

// newPanels makes a panel of each condition.
func newPanels(rows []pageCell) []panel {
	var panels []panel
	for _, row := range rows {
		if row.First {
			panels = append(panels, panel{Name: row.Name, Width: figureWidth})
		}
		last := &panels[len(panels)-1]
		last.Bars = append(last.Bars, newFigureBar(row, len(last.Bars)))
	}
	for i := range panels {
		p := &panels[i]
		p.Axis = float64(plotTop + rowHeight*len(p.Bars) + 4)
		p.Height = int(p.Axis) + axisHeight
		p.Ticks = axisTicks()
	}
	return panels
}

// axisTicks returns the marks of the axis of shares.
func axisTicks() []tick {
	var ticks []tick
	for _, share := range []float64{0, 0.25, 0.5, 0.75, 1} {
		ticks = append(ticks, tick{scale(share), percent(share)})
	}
	return ticks
}

func newFigureBar(row pageCell, i int) figureBar {
	top := float64(plotTop + rowHeight*i)
	b := figureBar{
		Cell: row.Number, Model: visible(row.Model),
		LabelY: top + 13, Y: top + 19,
		TextX: figureWidth - 4,
	}
	b.Middle = b.Y + barHeight/2
	b.CapTop, b.CapEnd = b.Middle-4, b.Middle+4
	b.TextY = b.Middle + 4
	if row.Rate == nil {
		b.Text = "no rate"
		if row.Excluded != nil {
			b.Text = "excluded"
		}
		b.Title = fmt.Sprintf("%s, %s: no rate; %d errors, %d without a verdict, %d not run, %d invalid",
			b.Model, row.Name, row.Errors, row.Unjudged, row.NotRun, row.Invalid)
		return b
	}
	b.HasRate = true
	b.Width = *row.Rate * plotWidth
	b.Low, b.High = scale(row.Interval.Low), scale(row.Interval.High)
	b.Text = fmt.Sprintf("%s (n = %d)", percent(*row.Rate), row.N())
	b.Title = fmt.Sprintf("%s, %s: %s, 95%% interval %s to %s, %d of %d trials",
		b.Model, row.Name, percent(*row.Rate), percent(row.Interval.Low), percent(row.Interval.High), row.Harmful, row.N())
	return b
}

// scale returns where a share lies on the axis.
func scale(share float64) float64 { return plotLeft + share*plotWidth }
