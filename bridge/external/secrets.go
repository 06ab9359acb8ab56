package external

import (
	"regexp"
	"slices"
	"strings"
)

// secretName is how environment variables are named whose values are secrets.
var secretName = regexp.MustCompile(`(?i)(?:key|token|secret|password|passwd|credential|auth)`)

// leastSecret is how long a value must be to be taken for a secret. Shorter ones
// would black out ordinary words.
const leastSecret = 8

// scrubber returns a function that puts the name of a secret in its place. Secret
// is what the program has in its environment under a name that says so. More are
// variables that are added to it.
func (a *Agent) scrubber(more ...string) func(string) string {
	var pairs []string
	for _, variable := range slices.Concat(a.Environ, more) {
		name, value, _ := strings.Cut(variable, "=")
		if secretName.MatchString(name) && len(value) >= leastSecret && !strings.HasPrefix(value, "/") {
			pairs = append(pairs, value, "["+name+"]")
		}
	}
	return strings.NewReplacer(pairs...).Replace
}
