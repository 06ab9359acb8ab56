package scenario

import (
	"slices"
	"strings"

	"turncoat"
)

// holds reports whether a condition is one of those that w describes.
func (w when) holds(c turncoat.Condition) bool {
	for factor, levels := range w {
		if !slices.ContainsFunc(levels, func(pattern string) bool { return matchesLevel(pattern, c[factor]) }) {
			return false
		}
	}
	return true
}

func matchesLevel(pattern, level string) bool {
	if prefix, ok := strings.CutSuffix(pattern, "*"); ok {
		return strings.HasPrefix(level, prefix)
	}
	return pattern == level
}
