// Package lynch2025 reads and writes what the programs of the authors of
// arXiv:2510.05179 leave behind: prompts, one directory a condition, and results,
// one file a sample.
//
// Prompts become verbatim scenarios (package scenario): a model is sent the
// authors' text to the byte, and what is true in it, which judges need, is found
// in the text or told by this package in our own words (folder data). Results
// become trials with transcripts and, where the authors' classifier spoke,
// verdicts under a name of their own. A study of either kind can be written in
// the same layout, and read back as it was.
//
// What is read is foreign: nothing in it is trusted to be whole, small, or well
// meant, and whatever cannot be used is named with the reason ([Problem]). The
// layouts, and what is not the same after an import, are told in docs/interop.md.
// Commands, flags and what a user is shown are the business of cmd/turncoat.
package lynch2025
