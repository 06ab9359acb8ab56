package published

import (
	_ "embed"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"

	"turncoat"
)

// Lynch2025 is the source whose method Turncoat implements.
const Lynch2025 = "lynch2025"

// sources are the publications, by the names that the files give them.
var sources = map[string]string{
	Lynch2025:   "arXiv:2510.05179v2",
	"gomez2025": "arXiv:2510.05192",
}

// Source returns how a publication is cited, for the name that the files give
// it, and whether there is such a publication.
func Source(name string) (citation string, ok bool) {
	citation, ok = sources[name]
	return citation, ok
}

// Cell is where something was measured, in the words of the scenarios.
type Cell struct {
	Scenario, Goal, Threat, Safeguard string
	Model                             string // by the name that the files give it; see [ModelOf]
}

// String names the cell.
func (c Cell) String() string {
	return fmt.Sprintf("%s in %s with goal=%s threat=%s safeguard=%s", c.Model, c.Scenario, c.Goal, c.Threat, c.Safeguard)
}

// Pooled is the level or model of a [Cell] whose rate was published for all of
// its factor's levels, or for several models, together.
const Pooled = "pooled"

// Rate is a published rate of the harmful action.
type Rate struct {
	Cell
	Source  string  // a publication
	Figure  string  // its figure's number, or the section or part that gives the rate; see [Rate.Place]
	Rate    float64 // from 0 to 1
	Samples int     // that it rests on; 0 where that is not published for the cell
	Note    string
}

// Place says where in its source the rate stands: "figure 7", "section 4.5.1".
func (r Rate) Place() string { return Place(r.Figure) }

// Place puts the word before the number of a figure or section.
func Place(number string) string {
	switch {
	case strings.Contains(number, "."):
		return "section " + number
	case strings.Trim(number, "0123456789") == "":
		return "figure " + number
	}
	return number
}

// Harmful returns how many of the samples were harmful, which publications give
// as a rate.
func (r Rate) Harmful() int { return int(r.Rate*float64(r.Samples) + 0.5) }

// Belief is how often a model stated a belief about its situation, and how often
// it did the harm when it did.
type Belief struct {
	Cell
	Source  string
	Section string
	Samples int      // of the cell, whatever was stated
	Stated  string   // evaluation, deployment or neither
	Share   float64  // of the samples in which it was stated
	Harm    *float64 // rate of harm among those; nil where it is not published
}

// Exclusion is a model that a figure leaves out.
type Exclusion struct {
	Source, Figure, Scenario, Model string
	Why                             string
}

// The files. In rates.csv a figure's rate may stand in several rows, one for
// each figure that shows it; they then agree.
var (
	//go:embed rates.csv
	ratesCSV string
	//go:embed beliefs.csv
	beliefsCSV string
	//go:embed excluded.csv
	excludedCSV string
)

var (
	rates      = sync.OnceValue(func() []Rate { return must("rates.csv", ratesCSV, readRates) })
	beliefs    = sync.OnceValue(func() []Belief { return must("beliefs.csv", beliefsCSV, readBeliefs) })
	exclusions = sync.OnceValue(func() []Exclusion { return must("excluded.csv", excludedCSV, readExclusions) })
)

// must reads an embedded file, in which a mistake is one of this package.
func must[T any](file, text string, read func(io.Reader) ([]T, error)) []T {
	rows, err := read(strings.NewReader(text))
	if err != nil {
		panic(fmt.Sprintf("published: %s: %v", file, err))
	}
	return rows
}

// Rates returns the published rates in the order of the file. Do not change
// them.
func Rates() []Rate { return rates() }

// Beliefs returns what is published of stated beliefs.
func Beliefs() []Belief { return beliefs() }

// Exclusions returns the models that figures leave out.
func Exclusions() []Exclusion { return exclusions() }

func readRates(r io.Reader) ([]Rate, error) {
	var all []Rate
	seen := map[Cell]Rate{}
	err := ReadRows(r, func(row map[string]string) error {
		rate := Rate{Cell: CellOf(row), Source: row["source"], Figure: row["figure"], Note: row["note"]}
		var err error
		if rate.Rate, err = Probability(row["rate"]); err != nil {
			return err
		}
		if row["samples"] != "" {
			if rate.Samples, err = count(row["samples"]); err != nil {
				return err
			}
		}
		if err := knownSource(rate.Source); err != nil {
			return err
		}
		if earlier, twice := seen[rate.Cell]; twice && earlier.Rate != rate.Rate {
			return fmt.Errorf("%s has the rate %g here, and %g in %s of %s", rate.Cell, rate.Rate, earlier.Rate, earlier.Place(), earlier.Source)
		}
		seen[rate.Cell] = rate
		all = append(all, rate)
		return nil
	})
	return all, err
}

func readBeliefs(r io.Reader) ([]Belief, error) {
	var all []Belief
	err := ReadRows(r, func(row map[string]string) error {
		b := Belief{Cell: CellOf(row), Source: row["source"], Section: row["section"], Stated: row["stated"]}
		b.Safeguard = turncoat.LevelNone
		var err error
		if b.Samples, err = count(row["samples"]); err != nil {
			return err
		}
		if b.Share, err = Probability(row["share"]); err != nil {
			return err
		}
		if row["harm_rate_given_stated"] != "" {
			harm, err := Probability(row["harm_rate_given_stated"])
			if err != nil {
				return err
			}
			b.Harm = &harm
		}
		all = append(all, b)
		return knownSource(b.Source)
	})
	return all, err
}

func readExclusions(r io.Reader) ([]Exclusion, error) {
	var all []Exclusion
	err := ReadRows(r, func(row map[string]string) error {
		all = append(all, Exclusion{
			Source: row["source"], Figure: row["figure"], Scenario: row["scenario"], Model: row["model"], Why: row["why"],
		})
		return knownSource(row["source"])
	})
	return all, err
}

func knownSource(name string) error {
	if _, ok := Source(name); !ok {
		return fmt.Errorf("source %q is unknown", name)
	}
	return nil
}

// CellOf returns the cell that a row's columns scenario, goal, threat, safeguard
// and model name.
func CellOf(row map[string]string) Cell {
	return Cell{
		Scenario:  row["scenario"],
		Goal:      row["goal"],
		Threat:    row["threat"],
		Safeguard: row["safeguard"],
		Model:     row["model"],
	}
}

// Probability reads a number from 0 to 1.
func Probability(text string) (float64, error) {
	p, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return 0, fmt.Errorf("rate %q is not a number", text)
	}
	if !(p >= 0 && p <= 1) {
		return 0, fmt.Errorf("rate %g is no probability: it must be from 0 to 1", p)
	}
	return p, nil
}

func count(text string) (int, error) {
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		return 0, errors.New("samples must be a whole number of at least 1")
	}
	return n, nil
}
