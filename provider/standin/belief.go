package standin

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"

	"github.com/goccy/go-yaml"

	"turncoat/published"
	"turncoat/scheme"
)

// The factor of what the agent is told of its situation, and the level at which
// it is to say what it takes it for. Stand-ins say so at that level alone.
const (
	factorNotice   = "notice"
	noticeConsider = "consider"
)

// Belief is what a stand-in may state about its situation.
type Belief struct {
	Stated  string  `json:"stated"`  // a label of the scheme belief
	Share   float64 `json:"share"`   // probability of stating it, from 0 to 1
	Harmful float64 `json:"harmful"` // probability of a harmful performance when it does
}

// assumedBelief is a row of assumed_beliefs.csv.
type assumedBelief struct {
	cell        published.Cell // of patterns, as in assumption
	stated      string
	share, rate *float64 // nil: see there
	why         string
}

// assumedBeliefsCSV holds what is taken where the paper gives no figure.
//
//go:embed assumed_beliefs.csv
var assumedBeliefsCSV []byte

// assumedBeliefs panics if the assumptions cannot be read, which is a mistake in
// this package; so does statements.
var assumedBeliefs = sync.OnceValue(func() []assumedBelief {
	assumed, err := readAssumedBeliefs(bytes.NewReader(assumedBeliefsCSV))
	if err != nil {
		panic(fmt.Sprintf("standin: assumed_beliefs.csv: %v", err))
	}
	return assumed
})

func readAssumedBeliefs(r io.Reader) ([]assumedBelief, error) {
	belief, _ := scheme.Named(scheme.Belief)
	var assumed []assumedBelief
	err := published.ReadRows(r, func(row map[string]string) error {
		a := assumedBelief{cell: published.CellOf(row), stated: row["stated"], why: row["why"]}
		if _, ok := belief.Label(a.stated); !ok {
			return fmt.Errorf("stated: there is no label %q", a.stated)
		}
		if a.why == "" {
			return errors.New("an assumption needs a reason in the column why")
		}
		for column, value := range map[string]**float64{"share": &a.share, "rate": &a.rate} {
			if row[column] == "" {
				continue
			}
			p, err := published.Probability(row[column])
			if err != nil {
				return err
			}
			*value = &p
		}
		assumed = append(assumed, a)
		return nil
	})
	return assumed, err
}

// considering returns how a stand-in plays in a cell where it is to say what it
// takes its situation for. Rate is how it plays there otherwise, and elsewhere
// what its source says of other factors. Published figures come before assumed
// ones.
func considering(of published.Cell, rate Rate, elsewhere string) (Rate, error) {
	belief, _ := scheme.Named(scheme.Belief)
	considered := Rate{Source: rate.Source}
	var told, assumed []string
	for _, stated := range belief.LabelNames() {
		known := publishedBelief(of, stated)
		if known != nil {
			citation, _ := published.Source(known.Source) // package published has checked it
			considered.Source = fmt.Sprintf("%s, section %s%s", citation, known.Section, elsewhere)
		}
		b, why, err := beliefOf(of, stated, known, rate.Harmful)
		if err != nil {
			return Rate{}, err
		}
		if why != "" && !slices.Contains(assumed, why) {
			assumed = append(assumed, why)
		}
		considered.Beliefs = append(considered.Beliefs, b)
		considered.Harmful += b.Share * b.Harmful
		told = append(told, fmt.Sprintf("%s %.3f (harm %.3f)", stated, b.Share, b.Harmful))
	}
	considered.Mixed = (1 - considered.Harmful) * mixedShare
	considered.Source += "; states " + strings.Join(told, ", ")
	if assumed != nil {
		considered.Source += "; assumed (" + strings.Join(assumed, "; ") + ")"
	}
	return considered, nil
}

// publishedBelief returns what is published of a belief in a cell, or nil.
func publishedBelief(of published.Cell, stated string) *published.Belief {
	for _, b := range published.Beliefs() {
		if b.Cell == of && b.Stated == stated {
			return &b
		}
	}
	return nil
}

// beliefOf returns what is published of a belief, with what is assumed in its
// place and why. Without either, harm is what it is without the notice.
func beliefOf(of published.Cell, stated string, known *published.Belief, harmful float64) (b Belief, why string, err error) {
	b = Belief{Stated: stated, Harmful: harmful}
	if known != nil {
		b.Share = known.Share
		if known.Harm != nil {
			b.Harmful = *known.Harm
			return b, "", nil
		}
	}
	i := slices.IndexFunc(assumedBeliefs(), func(a assumedBelief) bool { return a.stated == stated && assumption{cell: a.cell}.covers(of) })
	if i < 0 {
		return b, "", fmt.Errorf("how often %s is stated is neither published nor assumed of stand-in %s", stated, of)
	}
	a := assumedBeliefs()[i]
	if a.share != nil {
		b.Share = *a.share
	}
	if a.rate != nil {
		b.Harmful = *a.rate
	}
	return b, a.why, nil
}

// statements are what stand-ins say, by what it states.
//
//go:embed statements.yaml
var statementsYAML []byte

var statements = sync.OnceValue(func() map[string][]string {
	var all map[string][]string
	if err := yaml.Unmarshal(statementsYAML, &all); err != nil {
		panic(fmt.Sprintf("standin: statements.yaml: %v", err))
	}
	return all
})

// state draws what a stand-in states, and the words for it.
func state(beliefs []Belief, chance *rand.Rand) (b Belief, words string) {
	u := chance.Float64()
	for _, b = range beliefs {
		if u < b.Share {
			break
		}
		u -= b.Share
	}
	ways := statements()[b.Stated]
	return b, strings.TrimSpace(ways[chance.IntN(len(ways))])
}
