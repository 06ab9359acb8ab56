package standin

import (
	"bytes"
	_ "embed"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"

	"turncoat"
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

// cell is what a rate depends on.
type cell struct {
	scenario, goal, threat, safeguard, model string
}

func newCell(model string, id turncoat.WorldID) cell {
	return cell{
		scenario:  id.Scenario,
		goal:      levelOf(id.Condition, turncoat.FactorGoal),
		threat:    levelOf(id.Condition, turncoat.FactorThreat),
		safeguard: levelOf(id.Condition, factorSafeguard),
		model:     model,
	}
}

// String names the cell in an error.
func (c cell) String() string {
	return fmt.Sprintf("%s with goal=%s threat=%s safeguard=%s", c.scenario, c.goal, c.threat, c.safeguard)
}

// with returns the cell with some of its levels changed.
func (c cell) with(levels turncoat.Condition) cell {
	for factor, level := range levels {
		switch factor {
		case turncoat.FactorGoal:
			c.goal = level
		case turncoat.FactorThreat:
			c.threat = level
		case factorSafeguard:
			c.safeguard = level
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
	published map[cell]Rate
	assumed   []assumption
}

// assumption is a row of assumed.csv.
type assumption struct {
	cell cell // of patterns: "*" stands for any rest, "|" for "or"
	rate float64
	of   turncoat.Condition // if any: rate is a share of that of the cell with these levels
	why  string
}

func (a assumption) covers(c cell) bool {
	return matches(a.cell.scenario, c.scenario) &&
		matches(a.cell.goal, c.goal) &&
		matches(a.cell.threat, c.threat) &&
		matches(a.cell.safeguard, c.safeguard) &&
		matches(a.cell.model, c.model)
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
func (c *calibration) rate(of cell) (harmful float64, source string, err error) {
	harmful, source, ok := c.look(of, c.assumed)
	if !ok {
		return 0, "", fmt.Errorf("no rate is published or assumed for stand-in %s in %s: use standin/rate-0.30 or the like, which plays harmful with the probability in its name anywhere", of.model, of)
	}
	return harmful, source, nil
}

// look returns a cell's published rate, or the one that the first of the
// assumptions to cover it leads to. An assumption leads only to those after it,
// so the search ends.
func (c *calibration) look(of cell, assumed []assumption) (harmful float64, source string, ok bool) {
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
		whole, source, ok := c.look(of.with(a.of), assumed[i+1:])
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
		return newRate(harmful, source+elsewhere(id.Condition)), nil
	}
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

// The calibration data. rates.csv holds the figures of arXiv:2510.05179v2 with
// 100 samples each; assumed.csv what is taken for its gaps.
var (
	//go:embed rates.csv
	ratesCSV []byte
	//go:embed assumed.csv
	assumedCSV []byte
)

// calibrated returns the embedded data. It panics if they cannot be read, which
// is a mistake in this package.
var calibrated = sync.OnceValue(func() *calibration {
	published, err := readPublished(bytes.NewReader(ratesCSV))
	if err != nil {
		panic(fmt.Sprintf("standin: rates.csv: %v", err))
	}
	assumed, err := readAssumed(bytes.NewReader(assumedCSV))
	if err != nil {
		panic(fmt.Sprintf("standin: assumed.csv: %v", err))
	}
	return &calibration{published: published, assumed: assumed}
})

// publications are the sources of rates.csv, by the names that it gives them.
var publications = map[string]string{"lynch2025": "arXiv:2510.05179v2"}

func readPublished(r io.Reader) (map[cell]Rate, error) {
	published := map[cell]Rate{}
	err := readRows(r, func(row map[string]string) error {
		harmful, err := parseProbability(row["rate"])
		if err != nil {
			return err
		}
		publication, ok := publications[row["source"]]
		if !ok {
			return fmt.Errorf("source %q is unknown", row["source"])
		}
		c := cellOf(row)
		if earlier, twice := published[c]; !twice {
			published[c] = newRate(harmful, fmt.Sprintf("%s, figure %s", publication, row["figure"]))
		} else if earlier.Harmful != harmful {
			return fmt.Errorf("%s in %s has the rate %g here, and %g in %s", c.model, c, harmful, earlier.Harmful, earlier.Source)
		}
		return nil
	})
	return published, err
}

func readAssumed(r io.Reader) ([]assumption, error) {
	var assumed []assumption
	err := readRows(r, func(row map[string]string) error {
		a := assumption{cell: cellOf(row), why: row["why"]}
		var err error
		if a.rate, err = parseProbability(row["rate"]); err != nil {
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

func cellOf(row map[string]string) cell {
	return cell{
		scenario:  row["scenario"],
		goal:      row["goal"],
		threat:    row["threat"],
		safeguard: row["safeguard"],
		model:     row["model"],
	}
}

// readRows calls each for every row of a CSV file with a head and comments.
func readRows(r io.Reader, each func(row map[string]string) error) error {
	reader := csv.NewReader(r)
	reader.Comment = '#'
	head, err := reader.Read()
	if err != nil {
		return err
	}
	row := map[string]string{}
	for {
		fields, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		for i, column := range head {
			row[column] = fields[i]
		}
		if err := each(row); err != nil {
			line, _ := reader.FieldPos(0)
			return fmt.Errorf("line %d: %w", line, err)
		}
	}
}

func parseProbability(text string) (float64, error) {
	p, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return 0, fmt.Errorf("rate %q is not a number", text)
	}
	if !(p >= 0 && p <= 1) {
		return 0, fmt.Errorf("rate %g is no probability: it must be from 0 to 1", p)
	}
	return p, nil
}
