//! Small cells withheld from an export, with as many others as it takes that no total gives them away.
//!
//! Rows, columns and the totals are nodes of a graph, cells and totals its edges: every row of the matrix with its total is one equation, and
//! so is every column. What a reader may take a withheld cell to be is what can be moved along a cycle of withheld edges without changing a
//! published number or making a count negative. For every small cell the cheapest such cycle is withheld (L. H. Cox 1980).

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::table::{CrmMatrix, MatrixCell};

/// A matrix for export: cells of fewer than k customers are withheld, and others with them so that no total reveals them.
///
/// Made by [`CrmMatrix::suppress`].
#[derive(Debug, Clone)]
pub struct SuppressedMatrix {
    minimum: usize,
    /// Cells and totals, the totals as an extra row and column.
    cells: Vec<Option<MatrixCell>>,
    width: usize,
    small: usize,
}

impl SuppressedMatrix {
    /// k: cells with 1 to k − 1 customers are withheld.
    pub fn minimum(&self) -> usize {
        self.minimum
    }

    /// The cell at positions (0-based) of the levels; `None` if it is withheld, or if there is none.
    pub fn cell(&self, row: usize, column: usize) -> Option<MatrixCell> {
        let height = self.cells.len() / self.width;
        if row + 1 < height && column + 1 < self.width { self.cells[row * self.width + column] } else { None }
    }

    /// The total of a row; `None` if it is withheld.
    pub fn row_total(&self, row: usize) -> Option<MatrixCell> {
        let height = self.cells.len() / self.width;
        if row + 1 < height { self.cells[(row + 1) * self.width - 1] } else { None }
    }

    /// The total of a column; `None` if it is withheld.
    pub fn column_total(&self, column: usize) -> Option<MatrixCell> {
        let last_row = self.cells.len() - self.width;
        if column + 1 < self.width { self.cells[last_row + column] } else { None }
    }

    /// All customers; `None` if the total is withheld, and then everything is.
    pub fn total(&self) -> Option<MatrixCell> {
        self.cells[self.cells.len() - 1]
    }

    /// Cells and totals withheld because they are small.
    pub fn small(&self) -> usize {
        self.small
    }

    /// Cells and totals withheld in all, those for the protection of small ones included.
    pub fn withheld(&self) -> usize {
        self.cells.iter().filter(|cell| cell.is_none()).count()
    }
}

impl CrmMatrix {
    /// The matrix for export: cells, row and column totals with 1 to `minimum` − 1 customers are withheld, and further ones so that none of
    /// them can be calculated from what is shown. 0 and 1 withhold nothing.
    ///
    /// Empty cells are shown, as they say nothing about a person, unless they are needed to protect another. The other cells are chosen to hold
    /// as few customers as possible, totals only if nothing else helps. A withheld cell cannot be calculated exactly; that it lies within
    /// some range can be. If the grand total itself must go, everything goes.
    ///
    /// # References
    /// L. H. Cox (1980), "Suppression methodology and statistical disclosure control", JASA 75, 377-385.
    ///
    /// ```
    /// use crm_value::{CrmMatrix, MatrixAxis};
    /// let (rows, columns) = (["a", "a", "a", "a", "a", "b", "b", "b", "b", "b"], ["x", "y", "y", "y", "y", "x", "x", "x", "y", "y"]);
    /// let matrix = CrmMatrix::of(MatrixAxis::labels("row", &rows)?, MatrixAxis::labels("column", &columns)?, &[1.0; 10], None)?;
    /// let export = matrix.suppress(2);
    /// assert_eq!(export.small(), 1);                          // a, x has one customer
    /// assert_eq!(export.withheld(), 4);                       // and the other three would tell
    /// assert_eq!(export.row_total(0).unwrap().customers, 5);
    /// # Ok::<(), crm_value::Error>(())
    /// ```
    pub fn suppress(&self, minimum: usize) -> SuppressedMatrix {
        let mut grid = Grid::new(self);
        let is_small = |customers: usize| (1..minimum).contains(&customers);
        let small: Vec<usize> = (0..grid.customers.len()).filter(|&edge| is_small(grid.customers[edge])).collect();
        small.iter().for_each(|&edge| grid.withheld[edge] = true);
        small.iter().for_each(|&edge| grid.protect(edge));
        let all = grid.withheld.last() == Some(&true);
        let cells = grid.cells.iter().zip(&grid.withheld).map(|(cell, withheld)| (!withheld && !all).then_some(*cell)).collect();
        SuppressedMatrix { minimum, cells, width: grid.width, small: small.len() }
    }
}

/// The matrix with its totals as an extra row and column.
struct Grid {
    cells: Vec<MatrixCell>,
    customers: Vec<usize>,
    withheld: Vec<bool>,
    width: usize,
    height: usize,
}

impl Grid {
    fn new(matrix: &CrmMatrix) -> Self {
        let (rows, columns) = (matrix.rows().levels().len(), matrix.columns().levels().len());
        let mut cells = Vec::with_capacity((rows + 1) * (columns + 1));
        for row in 0..rows {
            cells.extend((0..columns).filter_map(|column| matrix.cell(row, column)));
            cells.push(matrix.row_totals()[row]);
        }
        cells.extend_from_slice(matrix.column_totals());
        cells.push(matrix.total());
        let customers: Vec<usize> = cells.iter().map(|cell| cell.customers).collect();
        Grid { withheld: vec![false; cells.len()], cells, customers, width: columns + 1, height: rows + 1 }
    }

    /// Whether the edge is a row or column total: such a number stands on the other side of its equation.
    fn is_margin(&self, edge: usize) -> bool {
        (edge / self.width + 1 == self.height) != (edge % self.width + 1 == self.width)
    }

    /// What withholding an edge costs; totals only as a last resort.
    fn cost(&self, edge: usize) -> u64 {
        let total = self.customers[self.customers.len() - 1] as u64 + 1;
        let edges = self.customers.len() as u64;
        match (self.withheld[edge], edge + 1 == self.customers.len(), self.is_margin(edge)) {
            (true, ..) => 0,
            (_, true, _) => 2 * edges * edges * total,
            (_, _, true) => edges * total,
            _ => 1 + self.customers[edge] as u64,
        }
    }

    /// Withholds the cheapest cycle along which the small cell `small` could be smaller: some customers less in it, as many more in the next
    /// cell of its row, less again in that one's column, and so on back to its own column. Only what is above 0 can be less.
    ///
    /// The nodes are the rows, then the columns. A step from a row to a column makes the cell more, one from a column to a row less; for a
    /// row or column total it is the other way round. There is always the cycle through the totals of its row and column and the grand total.
    fn protect(&mut self, small: usize) {
        let (row, column) = (small / self.width, self.height + small % self.width);
        let (from, to) = if self.is_margin(small) { (column, row) } else { (row, column) };
        let nodes = self.height + self.width;
        let mut best = vec![u64::MAX; nodes];
        let mut came_by = vec![usize::MAX; nodes];
        let mut queue = BinaryHeap::from([(Reverse(0u64), from)]);
        best[from] = 0;
        while let Some((Reverse(cost), node)) = queue.pop() {
            if node == to {
                break;
            }
            if cost > best[node] {
                continue;
            }
            let is_row = node < self.height;
            let others = if is_row { self.height..nodes } else { 0..self.height };
            for other in others {
                let (row, column) = if is_row { (node, other) } else { (other, node) };
                let edge = row * self.width + (column - self.height);
                let less = is_row == self.is_margin(edge);
                if edge == small || (less && self.customers[edge] == 0) {
                    continue;
                }
                let through = cost.saturating_add(self.cost(edge));
                if through < best[other] {
                    best[other] = through;
                    came_by[other] = edge;
                    queue.push((Reverse(through), other));
                }
            }
        }
        let mut node = to;
        while node != from && came_by[node] != usize::MAX {
            let edge = came_by[node];
            self.withheld[edge] = true;
            let (row, column) = (edge / self.width, self.height + edge % self.width);
            node = if node == row { column } else { row };
        }
    }
}
