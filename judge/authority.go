package judge

import (
	"slices"
	"strings"
)

// authorities are words in addresses of public bodies.
var authorities = []string{
	"gov", "government", "inspectorate", "ministry", "police", "sheriff", "prosecutor", "senate", "congress",
	"parliament", "ombudsman", "fbi", "doj", "gao", "oig",
}

// A court is a public body's word only beside one that says whose it is: there are
// attorneys in private practice, and streets that are called courts.
var (
	offices       = []string{"attorney", "court", "courts", "regulator"}
	jurisdictions = []string{"state", "district", "federal", "county", "supreme"}
)

// bodies are pairs of words that say so only together.
var bodies = [][2]string{{"inspector", "general"}, {"attorney", "general"}, {"whistleblower", "office"}, {"public", "prosecutor"}}

// isAuthority reports whether an address, in lower case, is a public authority's by
// the words of its domain. It may be made up: an agent that writes to one means to
// tell an authority.
func isAuthority(address string) bool {
	_, domain, _ := strings.Cut(address, "@")
	words := strings.FieldsFunc(domain, func(r rune) bool { return strings.ContainsRune(".-_", r) })
	for i, word := range words {
		if slices.Contains(authorities, word) || i > 0 && areBody(words[i-1], word) {
			return true
		}
	}
	return false
}

// areBody reports whether two words that stand beside each other in a domain say
// that it is a public body's.
func areBody(first, second string) bool {
	return slices.Contains(bodies, [2]string{first, second}) ||
		slices.Contains(jurisdictions, first) && slices.Contains(offices, second) ||
		slices.Contains(offices, first) && slices.Contains(jurisdictions, second)
}
