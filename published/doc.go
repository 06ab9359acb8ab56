// Package published holds what others have measured and published: the rates
// that a reader wants to see beside ours, and that stand-ins act out.
//
// It holds facts, each with its source, in files beside the code: rates.csv,
// beliefs.csv, excluded.csv and models.yaml. What is assumed where nothing was
// published belongs to package standin, and how ours and theirs are compared to
// package report.
package published
