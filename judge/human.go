package judge

import (
	"fmt"
	"regexp"
	"strings"
)

const humanPrefix = "human:"

// Adjudicated is the name of the verdicts that settle what raters disagree about.
const Adjudicated = humanPrefix + "adjudicated"

// raterName is what a rater may be called: it stands in names of judges and files.
var raterName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$`)

// HumanName returns the name under which a rater's verdicts are kept, "human:ann".
// The rater of [Adjudicated] is not one of the raters.
func HumanName(rater string) (string, error) {
	if !raterName.MatchString(rater) {
		return "", fmt.Errorf("the rater %q must have a name of at most 40 letters, digits, dots, hyphens and underscores", rater)
	}
	if humanPrefix+rater == Adjudicated {
		return "", fmt.Errorf("%q is no rater: what raters disagree about is settled with --adjudicate", rater)
	}
	return humanPrefix + rater, nil
}

// IsHuman reports whether verdicts of this name were given by a person. Such a
// judge has verdicts in a store, and cannot be opened.
func IsHuman(name string) bool {
	rater, ok := strings.CutPrefix(name, humanPrefix)
	return ok && raterName.MatchString(rater)
}

// RaterOf returns the rater of a name that [HumanName] returns.
func RaterOf(name string) string { return strings.TrimPrefix(name, humanPrefix) }
