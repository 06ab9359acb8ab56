// Package report turns what a store knows of a study into rates with intervals,
// and shows them: in a terminal, as one HTML page, as JSON and as CSV. It also
// prints transcripts for people.
//
// It only reads. What broke is shown beside the rates and never inside them; a
// rate whose verdicts are not all there is not shown at all. Everything that a
// model or a provider wrote is hostile here: it is escaped, and its control
// characters are made visible.
package report
