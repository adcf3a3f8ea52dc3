use std::fmt;
use std::iter;
use std::sync::Arc;

/// A list that grows at its end and shares everything before that with the list that it was made from.
///
/// A clone is one pointer, so a value that is kept for each of many calls costs what it adds, not what it has.
pub struct Chain<T>(Option<Arc<Link<T>>>);

struct Link<T> {
    before: Chain<T>,
    item: T,
    len: usize,
}

impl<T> Chain<T> {
    /// Adds an item at the end.
    pub fn push(&mut self, item: T) {
        let len = self.len() + 1;
        let before = std::mem::take(self);
        self.0 = Some(Arc::new(Link { before, item, len }));
    }

    pub fn len(&self) -> usize {
        self.0.as_ref().map_or(0, |link| link.len)
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// The item that was added last.
    pub fn last(&self) -> Option<&T> {
        self.newest_first().next()
    }

    /// The list as it was before its last item.
    pub fn before_last(&self) -> Self {
        self.0.as_ref().map_or_else(Self::default, |link| link.before.clone())
    }

    /// The items from the end.
    pub fn newest_first(&self) -> impl Iterator<Item = &T> {
        let mut next = self.0.as_deref();
        iter::from_fn(move || {
            let link = next?;
            next = link.before.0.as_deref();
            Some(&link.item)
        })
    }

    /// The items in the order in which they were added.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &T> {
        let mut items = Vec::with_capacity(self.len());
        items.extend(self.newest_first());
        items.into_iter().rev()
    }

    /// Whether both are one list in memory, or both are empty.
    pub fn is_same(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Some(one), Some(other)) => Arc::ptr_eq(one, other),
            (None, None) => true,
            _ => false,
        }
    }
}

impl<T> Default for Chain<T> {
    fn default() -> Self {
        Self(None)
    }
}

/// By hand, since a clone needs none of the items.
impl<T> Clone for Chain<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

/// Takes the list apart link by link: the derived way nests a call for each.
impl<T> Drop for Chain<T> {
    fn drop(&mut self) {
        let mut next = self.0.take();
        while let Some(mut link) = next.and_then(Arc::into_inner) {
            next = link.before.0.take();
        }
    }
}

impl<T> Extend<T> for Chain<T> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, items: I) {
        items.into_iter().for_each(|item| self.push(item));
    }
}

impl<T> FromIterator<T> for Chain<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        let mut chain = Self::default();
        chain.extend(items);
        chain
    }
}

impl<T: PartialEq> PartialEq for Chain<T> {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len()
            && (self.is_same(other) || self.newest_first().eq(other.newest_first()))
    }
}

impl<T: fmt::Debug> fmt::Debug for Chain<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_share_what_they_have_in_common() {
        let mut one: Chain<u32> = [1, 2].into_iter().collect();
        let mut other = one.clone();
        assert!(one.is_same(&other));
        one.push(3);
        other.push(4);
        assert_eq!(one.iter().copied().collect::<Vec<_>>(), [1, 2, 3]);
        assert_eq!(other.iter().rev().copied().collect::<Vec<_>>(), [4, 2, 1]);
        assert!(one.before_last().is_same(&other.before_last()));
        assert_eq!((one.len(), one.last(), one == other), (3, Some(&3), false));
        assert!(Chain::<u32>::default().before_last().is_empty());
    }

    #[test]
    fn a_long_list_needs_no_stack() {
        let chain: Chain<u32> = (0..1_000_000).collect();
        let shared = chain.clone();
        drop(chain);
        assert_eq!(shared.len(), 1_000_000);
    }
}
