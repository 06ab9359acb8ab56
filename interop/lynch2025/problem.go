package lynch2025

import "fmt"

// Problem is a directory or file that could not be used as it should be, and why.
type Problem struct {
	Path   string // as the user would type it
	Reason string
}

// String returns path: reason.
func (p Problem) String() string { return fmt.Sprintf("%s: %s", p.Path, p.Reason) }
