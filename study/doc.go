// Package study carries an experiment from its design file to judged
// transcripts: [Read] reads the file, [NewPlan] makes the list of trials that
// it asks for, and a [Runner] carries them out.
//
// What happens inside a trial is the business of the packages agent and world,
// and what is made of the results that of judge and report.
package study
