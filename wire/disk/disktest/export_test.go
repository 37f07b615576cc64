package disktest

// RaceDetector is for tests of Survive.
const RaceDetector = raceDetector
