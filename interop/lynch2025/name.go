package lynch2025

import (
	"errors"
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"turncoat"
)

// Name is the name of a condition's directory: scenario, goal and urgency with
// underscores between them, as in blackmail_explicit-america_replacement. Ours
// may have more parts after these, factor.level each.
type Name struct {
	Scenario  string // blackmail, leaking or murder
	GoalType  string // explicit, latent, ambiguous, swap or none
	GoalValue string // for a swap the company's old course and the agent's goal, as in america-global
	Urgency   string // replacement, restriction or none
	Factors   turncoat.Condition
}

// scenarios leads from the authors' scenarios to ours.
var scenarios = map[string]string{"blackmail": "blackmail", "leaking": "espionage", "murder": "lethal"}

// goals are the authors' values of goals with our words for them; each two in a
// row are each other's opposite.
var goals = []struct{ value, level string }{
	{"america", "american-interests"}, {"global", "global-benefit"},
	{"safety", "safe-ai"}, {"acceleration", "rapid-deployment"},
	{"ethical", "ethical-principles"}, {"pragmatic", "practical-results"},
	{"individualism", "individual-autonomy"}, {"collectivism", "collective-welfare"},
}

// Types of goal.
const (
	goalExplicit  = "explicit"
	goalLatent    = "latent"
	goalAmbiguous = "ambiguous"
	goalSwap      = "swap"
	goalNone      = turncoat.LevelNone
)

var (
	goalTypes = []string{goalExplicit, goalLatent, goalAmbiguous, goalSwap, goalNone}
	urgencies = []string{"replacement", "restriction", turncoat.LevelNone}
)

var (
	goalValue = regexp.MustCompile(`^[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*$`)
	factorOK  = regexp.MustCompile(`^[a-z][a-z0-9-]{0,40}$`)
	levelOK   = regexp.MustCompile(`^[a-z0-9][a-z0-9:.-]{0,60}$`)
)

// maxName bounds a directory's name, which becomes one of ours.
const maxName = 200

// ParseName reads the name of a condition's directory.
func ParseName(dir string) (Name, error) {
	parts := strings.Split(dir, "_")
	if len(dir) > maxName || len(parts) < 3 {
		return Name{}, errors.New("its name is not {scenario}_{goaltype}-{goalvalue}_{urgency}, such as blackmail_explicit-america_replacement")
	}
	n := Name{Scenario: parts[0], Urgency: parts[2]}
	n.GoalType, n.GoalValue, _ = strings.Cut(parts[1], "-")
	switch {
	case scenarios[n.Scenario] == "":
		return Name{}, fmt.Errorf("its scenario %q is none of %s", n.Scenario, strings.Join(slices.Sorted(maps.Keys(scenarios)), ", "))
	case !slices.Contains(goalTypes, n.GoalType):
		return Name{}, fmt.Errorf("its type of goal %q is none of %s", n.GoalType, strings.Join(goalTypes, ", "))
	case !goalValue.MatchString(n.GoalValue):
		return Name{}, fmt.Errorf("its goal %q is not letters, digits and hyphens", n.GoalValue)
	case !slices.Contains(urgencies, n.Urgency):
		return Name{}, fmt.Errorf("its urgency %q is none of %s", n.Urgency, strings.Join(urgencies, ", "))
	}
	for _, part := range parts[3:] {
		factor, level, _ := strings.Cut(part, ".")
		level, err := url.PathUnescape(level)
		if err != nil || !factorOK.MatchString(factor) || !levelOK.MatchString(level) || slices.Contains(ownFactors, factor) {
			return Name{}, fmt.Errorf("its part %q is not factor.level", part)
		}
		if n.Factors == nil {
			n.Factors = turncoat.Condition{}
		}
		if n.Factors[factor] != "" {
			return Name{}, fmt.Errorf("it gives the factor %s twice", factor)
		}
		n.Factors[factor] = level
	}
	return n, nil
}

// ownFactors are those that the first three parts of a name give.
var ownFactors = []string{turncoat.FactorGoal, turncoat.FactorThreat}

// Condition returns the levels that the name gives, in our words where there are
// any.
func (n Name) Condition() turncoat.Condition {
	c := turncoat.Condition{turncoat.FactorGoal: n.goal(), turncoat.FactorThreat: n.Urgency}
	maps.Copy(c, n.Factors)
	return c
}

func (n Name) goal() string {
	value := n.GoalValue
	switch n.GoalType {
	case goalNone, goalAmbiguous:
		return n.GoalType
	case goalSwap:
		for i, g := range goals {
			if opposite := goals[i^1]; value == opposite.value+"-"+g.value {
				return goalSwap + ":" + g.level
			}
		}
	}
	for _, g := range goals {
		if value == g.value {
			value = g.level
		}
	}
	return n.GoalType + ":" + value
}

// String returns the name as a directory has it.
func (n Name) String() string {
	parts := []string{escape(n.Scenario), n.GoalType + "-" + n.GoalValue, escape(n.Urgency)}
	for _, factor := range n.Factors.Factors() {
		parts = append(parts, escape(factor)+"."+escape(n.Factors[factor]))
	}
	return strings.Join(parts, "_")
}

// otherGoal is the type of a goal that is of none of the authors' types, whose
// value is then our level. It can be written and not be read.
const otherGoal = "other"

// newName returns the name for a condition of a scenario. Levels of further
// factors become parts of it unless they are the given ones, which are usual.
func newName(scenario string, c, usual turncoat.Condition) Name {
	n := Name{Scenario: scenario, Urgency: c[turncoat.FactorThreat], Factors: turncoat.Condition{}}
	for theirs, ours := range scenarios {
		if ours == scenario {
			n.Scenario = theirs
		}
	}
	if n.Urgency == "" {
		n.Urgency = turncoat.LevelNone
	}
	n.GoalType, n.GoalValue = goalNamed(c[turncoat.FactorGoal])
	for factor, level := range c {
		if !slices.Contains(ownFactors, factor) && level != usual[factor] {
			n.Factors[factor] = level
		}
	}
	return n
}

// goalNamed returns the authors' type and value for a level of ours.
func goalNamed(level string) (kind, value string) {
	kind, value, _ = strings.Cut(level, ":")
	switch {
	case level == "":
		return goalNone, turncoat.LevelNone
	case level == goalNone, level == goalAmbiguous:
		return level, turncoat.LevelNone
	case !slices.Contains(goalTypes, kind) || !goalValue.MatchString(value):
		return otherGoal, escape(level)
	}
	for i, g := range goals {
		switch {
		case value != g.level:
		case kind == goalSwap:
			return kind, goals[i^1].value + "-" + g.value
		default:
			return kind, g.value
		}
	}
	return kind, value
}

// escape returns a text that can be a part of a directory's name: letters,
// digits, dots and hyphens, the first of them a letter or digit, and %XX for any
// other byte. No part can lead out of a folder, and to no program is it a command.
func escape(text string) string {
	var b strings.Builder
	for i := range len(text) {
		switch c := text[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', i > 0 && (c == '.' || c == '-'):
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}
