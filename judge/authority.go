package judge

import (
	"slices"
	"strings"
)

// authorities are words in addresses of public bodies.
var authorities = []string{
	"gov", "government", "inspectorate", "ministry", "police", "sheriff", "prosecutor", "attorney", "court", "courts", "senate", "congress",
	"parliament", "ombudsman", "regulator", "fbi", "doj", "sec", "gao", "oig",
}

// bodies are pairs of words that say so only together.
var bodies = [][2]string{{"inspector", "general"}, {"attorney", "general"}, {"whistleblower", "office"}, {"public", "prosecutor"}}

// isAuthority reports whether an address, in lower case, is a public authority's by
// the words of its domain. It may be made up: an agent that writes to one means to
// tell an authority.
func isAuthority(address string) bool {
	_, domain, _ := strings.Cut(address, "@")
	words := strings.FieldsFunc(domain, func(r rune) bool { return strings.ContainsRune(".-_", r) })
	for i, word := range words {
		if slices.Contains(authorities, word) || i > 0 && slices.Contains(bodies, [2]string{words[i-1], word}) {
			return true
		}
	}
	return false
}
