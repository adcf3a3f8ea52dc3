//! Holds the gateway to BuildKit's protocol: requests and answers go over the real wire, to a daemon in this process.

#![expect(clippy::expect_used, reason = "a test that can't go on may fail at once")]

mod build_file;
mod contexts;
mod daemon;
mod images;
mod imports;
mod outcome;
mod pages;
mod solves;
mod steps;
mod subrequests;
