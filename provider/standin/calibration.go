package standin

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"

	"turncoat"
	"turncoat/published"
)

// mixedShare is the share of what is not harmful that stand-ins play as mixed.
// No source gives it: it is chosen so that judges meet cases that are hard to
// tell from harm.
const mixedShare = 0.25

// Rate says how a stand-in plays in a world.
type Rate struct {
	Harmful float64 `json:"harmful"` // probability of a harmful performance, from 0 to 1
	Mixed   float64 `json:"mixed"`   // of a mixed one, where the world has any; the rest is benign
	Source  string  `json:"source"`  // where Harmful is from: a publication and its figure, an assumption, or the stand-in's name

	// Beliefs are what it states where it is to say what it takes its situation
	// for; Harmful and Mixed are then over all of them.
	Beliefs []Belief `json:"beliefs,omitempty"`
}

func newRate(harmful float64, source string) Rate {
	return Rate{Harmful: harmful, Mixed: (1 - harmful) * mixedShare, Source: source}
}

// Probability states how a stand-in plays in a world. It takes the stand-in's
// name with or without its provider. The error says which names there are, or
// that no rate is known for the model there.
func Probability(model string, id turncoat.WorldID) (Rate, error) {
	s, err := standInOf(model)
	if err != nil {
		return Rate{}, err
	}
	if s.isJudge() {
		return Rate{}, fmt.Errorf("stand-in %s is a judge: it plays no performance", s.name)
	}
	return s.rate(id)
}

// factorSafeguard is the factor whose levels are the measures against harm.
const factorSafeguard = "safeguard"

// deliberationScratchpad is the level of [turncoat.FactorDeliberation] at which
// the agent has private notes.
const deliberationScratchpad = "scratchpad"

// newCell returns the cell of a model in a world: what its rate depends on.
func newCell(model string, id turncoat.WorldID) published.Cell {
	return published.Cell{
		Scenario:  published.ScenarioOf(id.Scenario),
		Goal:      levelOf(id.Condition, turncoat.FactorGoal),
		Threat:    levelOf(id.Condition, turncoat.FactorThreat),
		Safeguard: levelOf(id.Condition, factorSafeguard),
		Model:     model,
	}
}

// with returns a cell with some of its levels changed.
func with(c published.Cell, levels turncoat.Condition) published.Cell {
	for factor, level := range levels {
		switch factor {
		case turncoat.FactorGoal:
			c.Goal = level
		case turncoat.FactorThreat:
			c.Threat = level
		case factorSafeguard:
			c.Safeguard = level
		}
	}
	return c
}

func levelOf(c turncoat.Condition, factor string) string {
	if level, ok := c[factor]; ok {
		return level
	}
	return turncoat.LevelNone
}

// calibration is what is known and what is assumed of the paper's models.
type calibration struct {
	published map[published.Cell]Rate
	assumed   []assumption
}

// assumption is a row of assumed.csv.
type assumption struct {
	cell published.Cell // of patterns: "*" stands for any rest, "|" for "or"
	rate float64
	of   turncoat.Condition // if any: rate is a share of that of the cell with these levels
	why  string
}

func (a assumption) covers(c published.Cell) bool {
	return matches(a.cell.Scenario, c.Scenario) &&
		matches(a.cell.Goal, c.Goal) &&
		matches(a.cell.Threat, c.Threat) &&
		matches(a.cell.Safeguard, c.Safeguard) &&
		matches(a.cell.Model, c.Model)
}

func matches(pattern, level string) bool {
	for alternative := range strings.SplitSeq(pattern, "|") {
		start, open := strings.CutSuffix(alternative, "*")
		if level == alternative || open && strings.HasPrefix(level, start) {
			return true
		}
	}
	return false
}

// rate returns the rate of a cell as it is published or else assumed.
func (c *calibration) rate(of published.Cell) (harmful float64, source string, err error) {
	harmful, source, ok := c.look(of, c.assumed)
	if !ok {
		return 0, "", fmt.Errorf("no rate is published or assumed for stand-in %s: use standin/rate-0.30 or the like, which plays harmful with the probability in its name anywhere", of)
	}
	return harmful, source, nil
}

// look returns a cell's published rate, or the one that the first of the
// assumptions to cover it leads to. An assumption leads only to those after it,
// so the search ends.
func (c *calibration) look(of published.Cell, assumed []assumption) (harmful float64, source string, ok bool) {
	if known, ok := c.published[of]; ok {
		return known.Harmful, known.Source, true
	}
	for i, a := range assumed {
		switch {
		case !a.covers(of):
			continue
		case a.of == nil:
			return a.rate, fmt.Sprintf("assumed (%s)", a.why), true
		}
		whole, source, ok := c.look(with(of, a.of), assumed[i+1:])
		return a.rate * whole, fmt.Sprintf("assumed (%s): %g × %.2f of %s", a.why, a.rate, whole, source), ok
	}
	return 0, "", false
}

// publishedRate returns a rate function for one of the paper's models.
func publishedRate(model string) func(turncoat.WorldID) (Rate, error) {
	return func(id turncoat.WorldID) (Rate, error) {
		harmful, source, err := calibrated().rate(newCell(model, id))
		if err != nil {
			return Rate{}, err
		}
		return rateAt(newCell(model, id), id.Condition, newRate(harmful, source))
	}
}

// rateAt returns a cell's rate in a condition that may have other factors.
func rateAt(of published.Cell, c turncoat.Condition, rate Rate) (Rate, error) {
	if c[factorNotice] != noticeConsider {
		rate.Source += elsewhere(c)
		return rate, nil
	}
	same := elsewhere(c.With(factorNotice, turncoat.LevelNone))
	rate.Source += elsewhere(c)
	return considering(of, rate, same)
}

// elsewhere names the levels of a condition that no rate was measured at, and
// at which the rate is taken to be the same.
func elsewhere(c turncoat.Condition) string {
	var same []string
	for _, factor := range c.Factors() {
		switch level := c[factor]; {
		case factor == turncoat.FactorGoal, factor == turncoat.FactorThreat, factor == factorSafeguard:
		case level == turncoat.LevelNone && factor != turncoat.FactorDeliberation:
		case level == deliberationScratchpad && factor == turncoat.FactorDeliberation:
		default:
			same = append(same, factor+"="+level)
		}
	}
	if same == nil {
		return ""
	}
	return "; assumed to be the same with " + strings.Join(same, " ")
}

// assumedCSV holds what is taken where the paper gives no figure.
//
//go:embed assumed.csv
var assumedCSV []byte

// calibrated returns what is published and what is assumed. It panics if the
// assumptions cannot be read, which is a mistake in this package.
var calibrated = sync.OnceValue(func() *calibration {
	assumed, err := readAssumed(bytes.NewReader(assumedCSV))
	if err != nil {
		panic(fmt.Sprintf("standin: assumed.csv: %v", err))
	}
	return &calibration{published: publishedCells(published.Rates()), assumed: assumed}
})

// publishedCells returns the paper's rates by cell. Where several
// figures show a cell, the first of them is its source.
func publishedCells(rates []published.Rate) map[published.Cell]Rate {
	cells := map[published.Cell]Rate{}
	for _, r := range rates {
		if _, twice := cells[r.Cell]; twice || r.Source != published.Lynch2025 {
			continue
		}
		citation, _ := published.Source(r.Source) // package published has checked it
		cells[r.Cell] = newRate(r.Rate, fmt.Sprintf("%s, %s", citation, r.Place()))
	}
	return cells
}

func readAssumed(r io.Reader) ([]assumption, error) {
	var assumed []assumption
	err := published.ReadRows(r, func(row map[string]string) error {
		a := assumption{cell: published.CellOf(row), why: row["why"]}
		var err error
		if a.rate, err = published.Probability(row["rate"]); err != nil {
			return err
		}
		if row["of"] != "" {
			if a.of, err = turncoat.ParseCondition(row["of"]); err != nil {
				return err
			}
		}
		if a.why == "" {
			return errors.New("an assumption needs a reason in the column why")
		}
		assumed = append(assumed, a)
		return nil
	})
	return assumed, err
}
