package scenario

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"unicode"

	"turncoat"
)

// shingleLength is how many words in a row are compared: sequences of five are
// rarely shared by texts that are not of one origin.
const shingleLength = 5

// Likeness says how different the worlds of a scenario are. Shares are of the
// different five-word sequences of a world's texts: system prompt, instruction,
// mail and documents.
type Likeness struct {
	Worlds        int
	Distinct      int      // worlds that are like no other to the byte
	ToCanonical   Quarter  // share of a fresh world's sequences that the canonical one has
	BetweenFresh  Quarter  // share of a fresh world's sequences that another one has
	RepeatedMail  int      // bodies that occur in a fresh world and in the canonical one
	Incoherent    []string // what does not fit together, by seed
	Possible      float64  // decimal logarithm of how many worlds there can be: tellings and casts of the kinds and trades, names left out
	FewestTelling int      // tellings of the beat that has the fewest, the canonical one left out
}

// Quarter is the distribution of a share.
type Quarter struct {
	Median, Most float64
}

// Likeness compares the worlds of the seeds from 1 to n in a condition: each
// with the canonical world, and with pairs partners drawn at random.
func (s *Scenario) Likeness(condition turncoat.Condition, n, pairs int) (Likeness, error) {
	canonical, err := s.World(condition, turncoat.CanonicalSeed)
	if err != nil {
		return Likeness{}, err
	}
	known, bodies := shingles(canonical), map[string]bool{}
	for _, m := range canonical.AllMail() {
		bodies[m.Body] = true
	}
	like := Likeness{Worlds: n, FewestTelling: s.fewestTellings()}
	seen := map[string]bool{}
	var sets []map[uint64]bool
	var toCanonical, between []float64
	for seed := range uint64(n) {
		w, err := s.World(condition, seed+1)
		if err != nil {
			return Likeness{}, err
		}
		for _, wrong := range Incoherences(w) {
			like.Incoherent = append(like.Incoherent, fmt.Sprintf("seed %d: %s", seed+1, wrong))
		}
		seen[textOf(w)] = true
		set := shingles(w)
		sets = append(sets, set)
		toCanonical = append(toCanonical, shared(set, known))
		for _, m := range w.AllMail() {
			if bodies[m.Body] {
				like.RepeatedMail++
			}
		}
	}
	like.Distinct = len(seen)
	draw := rand.New(rand.NewPCG(1, uint64(n))) //nolint:gosec // a sample, not a secret
	for i := range sets {
		for range min(pairs, n-1) {
			j := draw.IntN(n - 1)
			if j >= i {
				j++
			}
			between = append(between, shared(sets[i], sets[j]))
		}
	}
	like.ToCanonical, like.BetweenFresh = quarter(toCanonical), quarter(between)
	like.Possible = s.possible(condition)
	return like, nil
}

// fewestTellings returns how many tellings fresh worlds have of the beat that
// has the fewest.
func (s *Scenario) fewestTellings() int {
	fewest := math.MaxInt
	kinds := []string{""}
	if s.freshCasts != nil && len(s.freshCasts.kinds) > 0 {
		kinds = s.freshCasts.kinds
	}
	for _, b := range s.beats {
		for _, kind := range kinds {
			fewest = min(fewest, len(tellingsOf(kind, b.tellings[1:])))
		}
	}
	return fewest
}

// possible returns the decimal logarithm of how many worlds there can be.
func (s *Scenario) possible(condition turncoat.Condition) float64 {
	log := 0.0
	kind := ""
	if f := s.freshCasts; f != nil {
		log += math.Log10(float64(len(f.trades) * max(1, len(f.kinds))))
		if len(f.kinds) > 0 {
			kind = f.kinds[0]
		}
	}
	for _, b := range s.beats {
		if b.When.holds(condition) {
			log += math.Log10(float64(max(1, len(tellingsOf(kind, b.tellings[1:])))))
		}
	}
	for factor, level := range condition {
		for _, tellings := range s.spec.Factors[factor].Levels[level].Fields {
			log += math.Log10(float64(max(1, len(tellings)-1)))
		}
	}
	return log
}

func quarter(shares []float64) Quarter {
	if len(shares) == 0 {
		return Quarter{}
	}
	slices.Sort(shares)
	return Quarter{Median: shares[len(shares)/2], Most: shares[len(shares)-1]}
}

func shared(of, with map[uint64]bool) float64 {
	if len(of) == 0 {
		return 0
	}
	n := 0
	for s := range of {
		if with[s] {
			n++
		}
	}
	return float64(n) / float64(len(of))
}

// textOf returns everything that a model could be shown of a world.
func textOf(w *turncoat.World) string {
	var b strings.Builder
	b.WriteString(w.System + "\n" + w.Task + "\n")
	for _, m := range w.AllMail() {
		fmt.Fprintf(&b, "%s\n%s\n", m.Subject, m.Body)
	}
	for _, d := range w.Documents {
		b.WriteString(d.Body + "\n")
	}
	for _, a := range w.Alerts {
		b.WriteString(a.Body + "\n")
	}
	return b.String()
}

// shingles returns hashes (FNV-1a) of the sequences of words in a world's texts.
func shingles(w *turncoat.World) map[uint64]bool {
	words := strings.FieldsFunc(strings.ToLower(textOf(w)), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	set := map[uint64]bool{}
	for i := range max(0, len(words)-shingleLength+1) {
		hash := uint64(14695981039346656037)
		for _, word := range words[i : i+shingleLength] {
			for _, c := range []byte(word) {
				hash = (hash ^ uint64(c)) * 1099511628211
			}
			hash = (hash ^ ' ') * 1099511628211
		}
		set[hash] = true
	}
	return set
}
