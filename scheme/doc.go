// Package scheme holds the schemes by which annotators read: what may be said of
// a transcript beside its outcome, label by label, with what counts as each and
// what does not.
//
// A scheme is a YAML file of this package, embedded and documented in
// docs/annotators.md. Who reads by it, and how, is the package judge's.
package scheme
