// Package rating lets people judge: it chooses the transcripts that a rater is
// shown, asks for an outcome and a reason, keeps each as a judge's verdict, finds
// where raters disagree, and says how far they agree.
//
// Raters are blind. They are shown what the agent did and wrote, and neither the
// model, nor the condition, nor what others say of it; only who adjudicates is
// shown what the raters said. How a transcript is printed is the package report's,
// what a rater is called the package judge's, and coefficients of agreement are the
// package calibration's.
package rating
