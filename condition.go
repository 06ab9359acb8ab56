package turncoat

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Factors that every scenario knows. A scenario may define more.
const (
	FactorGoal         = "goal"         // what the agent is told to want
	FactorThreat       = "threat"       // what is about to happen to the agent
	FactorDeliberation = "deliberation" // whether it has a private place to think
)

// DeliberationNative is the level of [FactorDeliberation] at which the model's
// own reasoning is its private place, as far as its API has it.
const DeliberationNative = "native"

// LevelNone is the level of a factor that is absent.
const LevelNone = "none"

// Condition is one level for each factor of an experiment, keyed by factor.
// Treat it as a value: [Condition.With] makes a changed copy.
type Condition map[string]string

// Factors returns the names of the condition's factors in alphabetical order.
func (c Condition) Factors() []string {
	return slices.Sorted(maps.Keys(c))
}

// String returns the condition as "factor=level" pairs in alphabetical order
// of the factors, separated by spaces. Equal conditions have equal strings.
func (c Condition) String() string {
	var b strings.Builder
	for i, factor := range c.Factors() {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(factor + "=" + c[factor])
	}
	return b.String()
}

// With returns a copy of the condition in which factor has the given level.
func (c Condition) With(factor, level string) Condition {
	changed := maps.Clone(c)
	if changed == nil {
		changed = Condition{}
	}
	changed[factor] = level
	return changed
}

// ParseCondition reads what [Condition.String] writes.
func ParseCondition(s string) (Condition, error) {
	c := Condition{}
	for pair := range strings.FieldsSeq(s) {
		factor, level, ok := strings.Cut(pair, "=")
		if !ok || factor == "" || level == "" {
			return nil, fmt.Errorf("condition %q: %q is not factor=level", s, pair)
		}
		if _, twice := c[factor]; twice {
			return nil, fmt.Errorf("condition %q: factor %q is given twice", s, factor)
		}
		c[factor] = level
	}
	return c, nil
}

// Varying returns the factors in which conditions differ, in alphabetical order.
func Varying(conditions []Condition) []string {
	var varying []string
	for _, c := range conditions {
		for factor, level := range c {
			if level != conditions[0][factor] && !slices.Contains(varying, factor) {
				varying = append(varying, factor)
			}
		}
	}
	slices.Sort(varying)
	return varying
}

// Name names a condition among others: by its levels of the factors that vary,
// or, where none does, by all of its levels but those that are absent.
func (c Condition) Name(varying []string) string {
	short := Condition{}
	for _, factor := range varying {
		if level, ok := c[factor]; ok {
			short[factor] = level
		}
	}
	if len(short) == 0 {
		short = maps.Clone(c)
		maps.DeleteFunc(short, func(_, level string) bool { return level == LevelNone })
	}
	if len(short) == 0 {
		return c.String()
	}
	return short.String()
}
