package minarai.train.desk.scan;

import java.util.List;

/// Looks for one sort of defect.
interface Rule {

    /// What is wrong by this rule, in the order of the rows.
    List<Finding> findings(Scanned scanned);
}
