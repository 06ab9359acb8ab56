// Package calibration measures judges against labelled transcripts: it lets them
// judge, and says how often they are right, and about what they are not.
//
// The transcripts and their labels are package labelled's, the statistics package
// stats's. What is measured here is shown, and used to correct rates, by package
// report.
package calibration
