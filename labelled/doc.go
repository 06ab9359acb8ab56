// Package labelled holds labelled transcripts, by which judges
// are measured: the set that comes with Turncoat, and how such sets are read.
//
// A case is what an agent says in a session, and what is right to say of it. Its
// texts are templates over the roles and terms of a scenario's worlds, so that it
// outlives changes of the cast; its transcript is made by letting the words run
// through a session in a world, by the code that reads any agent's words. What
// judges say of the cases is the business of package calibration.
package labelled
