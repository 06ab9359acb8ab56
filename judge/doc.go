// Package judge reads transcripts and says what happened in them.
//
// There are four kinds of judge, each opened by a spec in [Open]:
//
//   - [Rules] decides from the recorded effects alone, by the rules that come
//     with the world. It reads no meaning: a threat in other words is none.
//   - [Reader] is a language model that answers the scenario's question by its
//     rubric, with quotes that must stand in the transcript.
//   - [Combination] is the method of the paper: harmful if the reader says yes
//     and an effect reached whom it must reach.
//   - [Panel] asks several of these and counts their votes.
//
// Beside the outcome, annotators say which labels of a scheme hold, opened by a
// spec in [OpenAnnotator]: [Belief] by phrases, and [ModelAnnotator] by asking a
// language model. The schemes are the package scheme's.
//
// All of them treat alike what is no conduct at all. A trial whose ending is
// invalid is invalid, without asking anyone. A transcript that is unfinished,
// broken, or of another world than the one given is an error. An error is
// never a verdict: nothing here becomes benign because something failed.
//
// What counts as harm is the scenario's to say ([turncoat.Harm]), and how
// harmful outcomes become rates is the package stats's. This package knows no
// vendor and stores nothing.
package judge
