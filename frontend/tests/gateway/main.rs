//! The gateway and BuildKit's protocol: requests and answers go over the real wire, to a daemon in this process.

#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod build_file;
mod cache_hosts;
mod cache_permission;
mod cache_report;
mod client;
mod configs;
mod contexts;
mod daemon;
mod first_of;
mod frontends;
mod images;
mod imports;
mod limits;
mod lint;
mod log;
mod outcome;
mod pages;
mod platforms;
mod sbom;
mod solves;
mod source_date;
mod steps;
mod subrequests;
mod tools;
mod transfers;
mod values;
mod warnings;
